import { appendFileSync } from "node:fs";
import { type Clock, systemClock } from "../../../sdk/ts/src/core/clock.ts";
import type { Log } from "../../../sdk/ts/src/core/log.ts";
import type { RunningService } from "../../../sdk/ts/src/service/index.ts";
import { createLogger } from "../../../sdk/ts/src/service/logger.ts";
import { createSeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import { readContractImage } from "../contract/contract.ts";
import { nothingRedriven, type Redriven, redriveSome } from "../redrive.ts";
import { findUnfinished } from "../settled.ts";
import { createCallCounts } from "./call-counts.ts";
import type { Answer, NumberedQuestion, StartMessage } from "./messages.ts";
import { type OpenScene, openScene, serviceNames } from "./scene.ts";
import { selfAccidents } from "./self-accidents.ts";
import { createServices } from "./services.ts";

/** Room for all streams of a run on one broker. */
const host = "127.0.0.1";

/** One process of a run: all four services, on connections that its driver may cut. Waits for the word to start. */
async function main(start: StartMessage): Promise<void> {
  const contract = readContractImage(Buffer.from(start.contract, "base64"));
  const probe = selfAccidents(start.accidents, start.mutations);
  const scene = await openScene(start.surroundings, contract, { probe, concurrency: start.concurrency });
  const clock: Clock = { ...systemClock, now: () => Date.now() + start.skewMs };
  const services = createServices({ contract, clock, now: Date.now, calls: createCallCounts(start.callsFile) });
  const { leaseMs, parkAfterMs, concurrency, logFile } = start;
  const destination = { write: (line: string) => appendFileSync(logFile, line) };
  const running: RunningService[] = [];
  for (const name of serviceNames) {
    const config = { host, port: 0, leaseMs, parkAfterMs, concurrency, drainTimeoutMs: 5_000 };
    const database = scene.opened[name] as never;
    const log = createLogger({ service: `${name} ${process.pid}`, level: "info", destination });
    running.push(await services[name].start({ config, database, transport: scene.broker, clock, log, probe }));
  }
  const redriven = nothingRedriven();
  process.on("message", (question: NumberedQuestion) => void answer(scene, question, redriven));
  const ending = createLogger({ service: `end ${process.pid}`, level: "info", destination });
  process.once("SIGTERM", () => void end(scene, running, ending));
  const [alpha, beta] = running;
  say({ kind: "ready", urls: { alpha: alpha!.url!, beta: beta!.url! } });
}

async function answer(scene: OpenScene, question: NumberedQuestion, redriven: Redriven): Promise<void> {
  const to = question.number;
  try {
    if (question.ask === "unfinished") return say({ kind: "unfinished", to, left: await findUnfinished(scene) });
    await redriveSome(scene, redriven, createSeededRandom(question.seed));
    say({ kind: "redriven", to, events: redriven.events });
  } catch (error) {
    say({ kind: "unfinished", to, left: `nobody knows: ${(error as Error).message}` });
  }
}

async function end(scene: OpenScene, running: readonly RunningService[], log: Log): Promise<void> {
  const close = async (service: RunningService, index: number) => {
    await service.close();
    log.info({ ended: serviceNames[index] }, "service ended");
  };
  await Promise.all(running.map(close));
  await scene[Symbol.asyncDispose]();
  log.info({}, "process ends");
  process.exit(0);
}

function say(answer: Answer): void {
  process.send!(answer);
}

process.once("message", (start: StartMessage) => {
  main(start).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});
