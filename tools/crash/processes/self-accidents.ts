import { writeSync } from "node:fs";
import type { Mutation, Probe, ProbePoint } from "../../../sdk/ts/src/core/probe.ts";
import { type SelfAccident, stopSignFd } from "./messages.ts";

/** Makes a probe with which a process kills or stops itself, as nobody outside could do so exactly. */
export function selfAccidents(accidents: readonly SelfAccident[], mutations: readonly Mutation[]): Probe {
  const reached = new Map<ProbePoint, number>();
  return {
    without: (mutation) => mutations.includes(mutation),
    async reach(point) {
      const times = (reached.get(point) ?? 0) + 1;
      reached.set(point, times);
      const accident = accidents.find(({ point: at, nth }) => at === point && nth === times);
      if (accident?.kind === "die") {
        process.kill(process.pid, "SIGKILL");
        await new Promise(() => {});
      }
      if (accident?.kind !== "stop") return;
      writeSync(stopSignFd, `${point}\n`);
      process.kill(process.pid, "SIGSTOP");
    },
  };
}
