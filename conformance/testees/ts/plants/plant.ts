import type { Ops } from "../ops/op.ts";
import type { SessionFaults } from "../session/faults.ts";

/**
 * One plausible fault of an implementation, as a decoration of the testee's parts. Each is a few lines in a file of its own;
 * the SDK itself knows nothing of them, but for the safeguards that its probe can take away.
 */
export interface Plant extends SessionFaults {
  /** Answers other than the right ones. */
  readonly ops?: (ops: Ops) => Ops;
  /** Changes the lines that are written. */
  readonly onLine?: (line: string) => string;
  /** Instead of going on after an op that nobody knows. */
  readonly onUnknownOp?: () => void;
}
