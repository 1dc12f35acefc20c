export { createTestBed, type PublishedEvent, type TestBed, type TestBedOptions } from "./create-test-bed.ts";
export { createManualClock, type ManualClock } from "./manual-clock.ts";
