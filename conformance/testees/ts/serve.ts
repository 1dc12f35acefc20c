import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Request } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import type { Ops } from "./ops/op.ts";
import { ops as allOps } from "./ops.ts";
import type { Plant } from "./plants/plant.ts";
import { toError } from "./protocol/error.ts";
import { readLine, writeReply } from "./protocol/lines.ts";
import { createTestee, type Testee } from "./testee.ts";

/** How a testee is served. */
export interface ServeOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** The fault to be caught; nothing in it: none. */
  readonly plant: Plant;
}

/** Whoever quits has seen all it wants; the protocol allows five seconds. */
const quickDrainMs = 1_000;
const orderlyDrainMs = 4_000;

/** Answers each line of the input until it ends or asks to quit. Work that takes time is answered out of order. */
export async function serve({ input, output, plant }: ServeOptions): Promise<void> {
  const write = (line: string) => void output.write(`${plant.onLine?.(line) ?? line}\n`);
  const testee = createTestee(write, plant);
  const ops = plant.ops?.(allOps) ?? allOps;
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // What runs finishes first, as a service's `run()` would have it.
  let drainMs = quickDrainMs;
  process.once("SIGTERM", () => {
    drainMs = orderlyDrainMs;
    lines.close();
  });
  for await (const text of lines) {
    const line = readLine(text);
    if ("fault" in line) write(writeReply(line.n, { case: "error", value: toError(line.fault) }));
    else if (line.request.op.case === "quit") {
      await testee.close(drainMs);
      write(writeReply(line.n, { case: "quit", value: {} }));
      break;
    } else {
      if (line.request.op.case === undefined) plant.onUnknownOp?.();
      void answer(line.request, ops, testee).then(write);
    }
  }
  lines.close();
  await testee.close(drainMs);
}

async function answer({ n, op }: Request, ops: Ops, testee: Testee): Promise<string> {
  try {
    if (op.case === undefined)
      return writeReply(n, { case: "error", value: { code: "unsupported", message: "no such op" } });
    // The table gives each op its own types; which one this is, only the request knows.
    const run = ops[op.case] as (asked: typeof op.value, testee: Testee) => unknown;
    return writeReply(n, { case: op.case, value: await run(op.value, testee) } as Parameters<typeof writeReply>[1]);
  } catch (thrown) {
    console.error(thrown);
    return writeReply(n, { case: "error", value: toError(thrown) });
  }
}
