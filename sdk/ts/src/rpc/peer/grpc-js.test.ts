import { fromBinary } from "@bufbuild/protobuf";
import { BadRequestSchema, ErrorInfoSchema } from "@concord/gen/google/rpc/error_details_pb.js";
import {
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  compressionAlgorithms,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exploreGrpc, type GrpcClient, type GrpcExplorer } from "../../../../../tools/grpc-explorer.ts";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { ConcordError } from "../../core/error.ts";
import { createValidation } from "../../validation/validation.ts";
import { rpcRoute } from "../router.ts";
import { createRpcServer, type RpcServer } from "../server.ts";

// grpc-js, with messages of protobufjs and contracts that it asks the server for: nothing of the client is ours.
let server: RpcServer;
let explorer: GrpcExplorer;
let lab: GrpcClient;
let looks = 0;
let seen: { timeoutMs: number | undefined; aborted: Promise<unknown> } | undefined;

beforeAll(async () => {
  const route = rpcRoute(compileLab().service, {
    say({ text }, context) {
      if (text === "hang") return hang(context);
      if (text === "boom") throw new TypeError("password=hunter2");
      if (text === "gone") throw new ConcordError("not_found", "é % \n gone");
      if (text === "open") throw new ConcordError("circuit_open", "the circuit is open");
      context.responseHeader.set("x-encoding", context.requestHeader.get("grpc-encoding") ?? "");
      for (const name of ["x-plain", "x-data-bin"]) {
        for (const value of context.requestHeader.get(name)?.split(", ") ?? []) {
          context.responseHeader.append(name, value);
          context.responseTrailer.append(`t-${name}`, value);
        }
      }
      return { text: `${text}!` };
    },
    look() {
      if (looks++ < 2) throw new ConcordError("unavailable", "not now");
      return { count: looks };
    },
    async *count({ count }) {
      for (let n = 1; n <= count; n++) yield { count: n };
      if (count === 7) throw new ConcordError("failed_precondition", "no more");
    },
    async sum(lines) {
      let count = 0;
      for await (const line of lines) count += line.count;
      return { count };
    },
    async *chat(lines) {
      for await (const { text } of lines) yield { text: `${text}!` };
    },
  });
  server = await createRpcServer({
    name: "lab",
    routes: [route],
    validate: createValidation(),
    maxMessageBytes: 20_000,
  });
  explorer = exploreGrpc(server.url);
  lab = await explorer.client("lab.v1.LabService");
}, 60_000);
afterAll(async () => {
  explorer[Symbol.dispose]();
  await server.close();
});

function hang(context: { signal: AbortSignal; timeoutMs: () => number | undefined }): Promise<never> {
  const aborted = new Promise((resolve) =>
    context.signal.addEventListener("abort", () => resolve(context.signal.reason)),
  );
  seen = { timeoutMs: context.timeoutMs(), aborted };
  return new Promise(() => {});
}

interface Line {
  readonly text?: string;
  readonly count?: number;
}

interface Answered {
  readonly line: Line | undefined;
  readonly error: ServiceError | null;
  readonly head: Metadata | undefined;
  readonly trailer: Metadata | undefined;
}

function say(
  request: Line,
  metadata = new Metadata(),
  options: object = {},
  began?: (call: ClientUnaryCall) => void,
  client = lab,
) {
  return new Promise<Answered>((resolve) => {
    let [head, line, error]: [Metadata?, Line?, (ServiceError | null)?] = [];
    const call = client.Say!(request, metadata, options, (failed: ServiceError | null, answer?: Line) => {
      [error, line] = [failed, answer];
    }) as ClientUnaryCall;
    call.on("metadata", (given) => {
      head = given;
    });
    call.on("status", (ended) => resolve({ line, error: error ?? null, head, trailer: ended.metadata }));
    began?.(call);
  });
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("grpc-js", () => {
  it("calls unary methods", async () => {
    expect((await say({ text: "é % 😀" })).line).toEqual({ text: "é % 😀!" });
    expect((await say({})).line).toEqual({ text: "!" });
  });

  it("reads streams, also empty ones and one that fails behind its messages", async () => {
    const read = async (count: number) => collect(lab.Count!({ count }) as ClientReadableStream<Line>);
    expect((await read(100)).map(({ count }) => count)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(await read(0)).toEqual([]);
    const got: Line[] = [];
    const failed = await new Promise<ServiceError>((resolve) => {
      const stream = lab.Count!({ count: 7 }) as ClientReadableStream<Line>;
      stream.on("data", (line) => got.push(line)).on("error", (error) => resolve(error as ServiceError));
    });
    expect([got.length, failed.code, failed.details]).toEqual([7, status.FAILED_PRECONDITION, "no more"]);
  });

  it("sends streams", async () => {
    const sum = await new Promise<Line>((resolve, reject) => {
      const stream = lab.Sum!((error: ServiceError | null, line: Line) =>
        error ? reject(error) : resolve(line),
      ) as ClientWritableStream<Line>;
      for (const count of [1, 2, 3]) stream.write({ count });
      stream.end();
    });
    expect(sum).toEqual({ count: 6 });
  });

  it("talks both ways at once", async () => {
    const chat = lab.Chat!() as ClientDuplexStream<Line, Line>;
    const heard: (string | undefined)[] = [];
    const answers = chat[Symbol.asyncIterator]();
    for (const text of ["a", "b", "c"]) {
      chat.write({ text });
      // The answer to each line comes before the next is said: full duplex.
      heard.push(((await answers.next()).value as Line).text);
    }
    chat.end();
    expect([heard, (await answers.next()).done]).toEqual([["a!", "b!", "c!"], true]);
  });

  it("hands over metadata, text and bytes, several of a name too, and gets head and trailer", async () => {
    const metadata = new Metadata();
    metadata.add("x-plain", "one");
    metadata.add("x-plain", "two");
    metadata.add("x-data-bin", Buffer.from([0, 255, 128]));
    const { head, trailer } = await say({ text: "hi" }, metadata);
    expect(head?.get("x-plain").join(", ")).toBe("one, two");
    expect(head?.get("x-data-bin")).toEqual([Buffer.from([0, 255, 128])]);
    expect(trailer?.get("t-x-plain").join(", ")).toBe("one, two");
    expect(trailer?.get("t-x-data-bin")).toEqual([Buffer.from([0, 255, 128])]);
  });

  it("tells its deadline, at which both sides stop", async () => {
    const started = performance.now();
    const { error } = await say({ text: "hang" }, undefined, { deadline: Date.now() + 1_000 });
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(seen!.timeoutMs).toBeLessThanOrEqual(1_000);
    await seen!.aborted;
  });

  it("cancels: the handler's signal aborts", async () => {
    seen = undefined;
    let running: ClientUnaryCall | undefined;
    const ended = say({ text: "hang" }, undefined, {}, (call) => {
      running = call;
    });
    while (!seen) await new Promise((resolve) => setImmediate(resolve));
    running!.cancel();
    expect((await ended).error?.code).toBe(status.CANCELLED);
    await (seen as { aborted: Promise<unknown> }).aborted;
  });

  it.each([
    ["gone", status.NOT_FOUND, "é % \n gone"],
    ["open", status.UNAVAILABLE, "the circuit is open"],
    ["boom", status.INTERNAL, "internal error"],
  ])("gets the failure %s by its code, with its message and nothing of the inside", async (text, code, message) => {
    const { error } = await say({ text });
    expect([error?.code, error?.details]).toEqual([code, message]);
    expect(JSON.stringify(error)).not.toMatch(/hunter2|node_modules/);
  });

  it("gets all fields at fault, and our own code, as details of google.rpc", async () => {
    const { error } = await say({ text: "x".repeat(5_001), count: -1 });
    const violations = detailsOf(error!)
      .filter(({ type_url }) => type_url.endsWith("google.rpc.BadRequest"))
      .flatMap(({ value }) => fromBinary(BadRequestSchema, value).fieldViolations);
    expect([error?.code, violations.map(({ field }) => field)]).toEqual([status.INVALID_ARGUMENT, ["text", "count"]]);
    const [info] = detailsOf((await say({ text: "open" })).error!);
    expect(fromBinary(ErrorInfoSchema, info!.value)).toMatchObject({ reason: "circuit_open", domain: "concord" });
  });

  it("is refused what is too large, and methods that nobody implements", async () => {
    expect((await say({ text: "x".repeat(21_000) })).error?.code).toBe(status.RESOURCE_EXHAUSTED);
    const missing = await new Promise<ServiceError>((resolve) => lab.Manage!({}, resolve));
    expect(missing.code).toBe(status.UNIMPLEMENTED);
  });

  it("repeats by itself what its policy lets it: a failure without a message is a head alone", async () => {
    const retryPolicy = {
      maxAttempts: 4,
      initialBackoff: "0.01s",
      maxBackoff: "0.1s",
      backoffMultiplier: 2,
      retryableStatusCodes: ["UNAVAILABLE"],
    };
    const methodConfig = [{ name: [{ service: "lab.v1.LabService" }], retryPolicy }];
    const config = { "grpc.service_config": JSON.stringify({ methodConfig }), "grpc.enable_retries": 1 };
    const patient = await explorer.client("lab.v1.LabService", config);
    const looked = await new Promise((resolve) =>
      patient.Look!({}, (error: ServiceError | null, line: Line) => resolve(error?.message ?? line)),
    );
    expect(looked).toEqual({ count: 3 });
  });

  it("sends and takes compressed messages", async () => {
    const packed = await explorer.client("lab.v1.LabService", {
      "grpc.default_compression_algorithm": compressionAlgorithms.gzip,
    });
    const text = "a".repeat(4_000);
    const { line, head } = await say({ text }, undefined, {}, undefined, packed);
    expect([line?.text, head?.get("x-encoding")]).toEqual([`${text}!`, ["gzip"]]);
  });

  it("lists the services by reflection and asks for their health", async () => {
    expect(await explorer.services()).toEqual([
      "lab.v1.LabService",
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]);
    await expect(explorer.client("nobody.v1.Nothing")).rejects.toThrow(/nobody.v1.Nothing/);
    const health = await explorer.client("grpc.health.v1.Health");
    const check = (service: string) =>
      new Promise((resolve) =>
        health.Check!({ service }, (error: ServiceError, answer: unknown) => resolve(error?.code ?? answer)),
      );
    expect(await check("lab.v1.LabService")).toEqual({ status: "SERVING" });
    expect(await check("nobody")).toBe(status.NOT_FOUND);
    const watch = health.Watch!({ service: "" }) as ClientReadableStream<unknown>;
    expect(await watch[Symbol.asyncIterator]().next()).toMatchObject({ value: { status: "SERVING" } });
    watch.on("error", () => {});
    watch.cancel();
  });
});

const rpcStatus = protobuf
  .parse(
    `syntax = "proto3"; package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }`,
    { keepCase: true },
  )
  .root.lookupType("google.rpc.Status");

/** What stands behind a status in `grpc-status-details-bin`. */
function detailsOf({ metadata }: ServiceError): readonly { type_url: string; value: Uint8Array }[] {
  const [bytes] = metadata.get("grpc-status-details-bin");
  return (rpcStatus.decode(bytes as Buffer) as unknown as { details: [] }).details;
}
