export { BrokenPromiseError } from "./bed/broken-promise-error.ts";
export {
  type CrashOptions,
  createTestBed,
  type PublishedEvent,
  type TestBed,
  type TestBedOptions,
} from "./bed/create-test-bed.ts";
export { createFieldRecord, type FieldRecord } from "./bed/field-record.ts";
export type { TestedService } from "./bed/witness.ts";
export type { CrashReport } from "./crash/index.ts";
export { checkHistory, formatViolation, type History, type Violation } from "./history/index.ts";
export { createManualClock, type ManualClock } from "./manual-clock.ts";
