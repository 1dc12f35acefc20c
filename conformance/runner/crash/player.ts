import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RuleSchema } from "@concord/gen/concord/conformance/v1/delivery_pb.js";
import type { ConfigureRequest } from "@concord/gen/concord/conformance/v1/settings_pb.js";
import type { TesteeProfile } from "../suite/profile.ts";
import type { ProcessGuard } from "../testee/process-guard.ts";
import type { Op } from "../testee/protocol-line.ts";
import type { Answer } from "../testee/reply-desk.ts";
import { TesteeFault } from "../testee/testee-fault.ts";
import { startTestee, type TesteeProcess } from "../testee/testee-process.ts";
import type { WireLog } from "../testee/wire-log.ts";
import type { Part } from "./cast.ts";

/** What a player's lives are made of. */
export interface PlayerOptions {
  readonly part: Part;
  readonly profile: TesteeProfile;
  /** More arguments, such as `--plant NAME`. */
  readonly extraArgs: readonly string[];
  readonly guard: ProcessGuard;
  /** Times that deadlines are multiplied. */
  readonly patience: number;
  readonly settings: ConfigureRequest;
  /** What its handlers do, if it consumes. */
  readonly script: readonly MessageInitShape<typeof RuleSchema>[];
  readonly log: WireLog;
}

/** A part with its processes, one after the other: one that dies is followed by the next at once. */
export interface Player {
  readonly part: Part;
  /** Deaths that were meant. */
  readonly deaths: number;
  /** Those of them at a point. */
  readonly deathsAtPoints: number;
  /** What it did that no accident explains. */
  readonly faults: readonly string[];
  /** Asks the living process. @throws when there is none, or it dies meanwhile. */
  request(op: Op): Promise<Answer>;
  kill(): void;
  dieAt(point: string, nth: number): Promise<void>;
  freeze(ms: number): Promise<void>;
  /** Resolves when a process lives and does its part. */
  alive(): Promise<void>;
  /** Ends the living process in order and starts no more. */
  end(): Promise<void>;
  /** Ends it at once and starts no more. */
  abandon(): Promise<void>;
}

const deadlineMs = 10_000;
/** A start may fail while the database has ended all connections. */
const restartPauseMs = 100;

/** Makes a player and its first process. */
export function createPlayer({
  part,
  profile,
  extraArgs,
  guard,
  patience,
  settings,
  script,
  log,
}: PlayerOptions): Player {
  let process: TesteeProcess | undefined;
  let isOver = false;
  let deaths = 0;
  let deathsAtPoints = 0;
  const faults: string[] = [];
  const meant = new WeakSet<TesteeProcess>();

  const kill = () => {
    if (!process || meant.has(process)) return;
    meant.add(process);
    deaths++;
    process.signal("SIGKILL");
  };
  const begin = async (): Promise<TesteeProcess> => {
    const started = await startTestee({ profile, guard, extraArgs, patience });
    process = started;
    started.listen({
      name: part.name,
      log,
      onReport({ kind }) {
        if (kind.case !== "atPoint" || process !== started) return;
        deathsAtPoints++;
        kill();
      },
    });
    await started.request({ case: "configure", value: settings }, deadlineMs);
    if (part.role === "relay") await started.request({ case: "relayRun", value: { until: "stop" } }, deadlineMs);
    if (part.role === "consumer")
      await started.request({ case: "subscribe", value: { script: [...script] } }, deadlineMs);
    return started;
  };
  /** The next process that got as far as to do its part. */
  const live = async (): Promise<TesteeProcess> => {
    for (;;) {
      try {
        return await begin();
      } catch (error) {
        if (isOver) throw error;
        log.add("start failed", { part: part.name, why: (error as Error).message });
        if (error instanceof TesteeFault && !(process && meant.has(process)))
          faults.push(`${part.name}: ${error.message}`);
        await process?.kill();
        await delay(restartPauseMs);
      }
    }
  };
  const follow = (starting: Promise<TesteeProcess>): Promise<TesteeProcess> => {
    starting.then(
      async (started) => {
        const { code, signal } = await started.ended;
        if (isOver) return;
        if (!meant.has(started)) {
          const why = started.fault?.message ?? `ended by ${signal ?? `exit code ${code}`}`;
          faults.push(`${part.name}, which nobody had killed: ${why}`);
        }
        current = follow(live());
      },
      () => {},
    );
    return starting;
  };
  let current = follow(live());

  return {
    part,
    faults,
    get deaths() {
      return deaths;
    },
    get deathsAtPoints() {
      return deathsAtPoints;
    },
    request: async (op) => (await current).request(op, deadlineMs),
    kill,
    async dieAt(point, nth) {
      await (await current).request({ case: "crashAt", value: { point, nth } }, deadlineMs).catch(() => {});
    },
    async freeze(ms) {
      const frozen = process;
      frozen?.signal("SIGSTOP");
      await delay(ms);
      frozen?.signal("SIGCONT");
    },
    async alive() {
      await current;
    },
    async end() {
      isOver = true;
      const last = await current;
      const { code, signal } = await last.quit();
      if (code !== 0 && !meant.has(last))
        faults.push(`${part.name} ended by ${signal ?? `exit code ${code}`} when its input did, not by 0`);
    },
    async abandon() {
      isOver = true;
      await process?.kill();
    },
  };
}
