import { checkHistory, formatViolation, type ViolationKind } from "../../sdk/ts/src/testing/history/index.ts";
import { countWaiting, readHistory, type Scene } from "./read-history.ts";

/** Violations that time may mend. */
const unfinished: ReadonlySet<ViolationKind> = new Set(["lost", "unpublished", "unsettled"]);

/** Tells what is left to do, in words; undefined when no row waits and each event has come to its end everywhere. */
export async function findUnfinished(scene: Scene): Promise<string | undefined> {
  const waiting = await countWaiting(scene);
  if (waiting > 0) return `${waiting} rows wait`;
  const left = checkHistory(await readHistory(scene)).filter(({ kind }) => unfinished.has(kind));
  return left.length > 0 ? left.map(formatViolation).join("; ") : undefined;
}
