export { checkHistory } from "./check-history.ts";
export type {
  CommittedEvent,
  DeadEvent,
  Disturbance,
  Effect,
  EventIdentity,
  History,
  InboxEntry,
  Queue,
  StoredEvent,
  Subscription,
} from "./history.ts";
export { formatViolation, type Violation, type ViolationKind, violationKinds } from "./violation.ts";
