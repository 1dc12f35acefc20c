import { checkAgreement } from "./check-agreement.ts";
import { checkNothingInvented, checkNothingLost } from "./check-completeness.ts";
import { checkOrder } from "./check-order.ts";
import { checkEffectsOnce } from "./check-uniqueness.ts";
import { checkWaiting } from "./check-waiting.ts";
import type { History } from "./history.ts";
import { viewHistory } from "./history-view.ts";
import type { Violation } from "./violation.ts";

/**
 * Holds a history of work that has come to rest against Concord's promise (`docs/guarantees.md`): nothing lost, nothing
 * invented, each event and each business operation with one effect, per key in the order of the commits, inbox and outbox
 * as one with the effects, nobody waiting for the failures of others, nothing left to do.
 * @returns every broken promise; empty when it was kept.
 */
export function checkHistory(history: History): Violation[] {
  const view = viewHistory(history);
  return [
    ...checkNothingLost(view),
    ...checkNothingInvented(view),
    ...checkEffectsOnce(view),
    ...checkOrder(view),
    ...checkAgreement(view),
    ...checkWaiting(view),
  ];
}
