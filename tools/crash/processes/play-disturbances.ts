import type { Cast } from "./cast.ts";
import type { Script } from "./script.ts";
import { pause, type Stage } from "./stage.ts";

/** Does what a script says to processes and surroundings. */
export async function playDisturbances({
  script,
  stage,
  cast,
  accidents,
}: {
  readonly script: Script;
  readonly stage: Stage;
  readonly cast: Cast;
  readonly accidents: string[];
}): Promise<void> {
  await cast.ready();
  for (const { afterMs, name, durationMs, place } of script.disturbances) {
    await pause(afterMs);
    accidents.push(name);
    if (name === "kill") cast.kill(place);
    else if (name === "freeze") await cast.freeze(place, durationMs);
    else await stage.disturbances[name]!(durationMs);
  }
}
