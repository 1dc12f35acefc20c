export { type CrashPlan, type CrashSite, createCrashPlan } from "./crash-plan.ts";
export { type CrashExploration, type CrashFinding, type CrashReport, exploreCrashes } from "./explore-crashes.ts";
export { type Accident, createLife, type Life, type LifeOptions, type Step } from "./life.ts";
export { liveClock } from "./live-clock.ts";
export { liveDatabase } from "./live-database.ts";
export { liveTransport } from "./live-transport.ts";
