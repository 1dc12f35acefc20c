import type { Clock } from "../core/clock.ts";
import type { Handle, IncomingEvent, Outcome } from "../core/handler.ts";
import type { Log } from "../core/log.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { ParkedEvent, ParkingStore } from "../core/store/parking-store.ts";
import type { ConsumerInbox, Suspicion } from "./inbox-port.ts";
import type { Slots } from "./slots.ts";

/** What {@link createParkedRunner} works with. */
export interface ParkedRunnerOptions {
  readonly inbox: Pick<ConsumerInbox, "runParked">;
  readonly parking: Pick<ParkingStore, "nextDueInMs">;
  /** The partitions held now. */
  readonly refs: () => readonly PartitionRef[];
  /** An earlier session may have died of the event: its run is counted before it begins. */
  readonly isSuspect: (parked: ParkedEvent) => boolean;
  readonly handle: Handle;
  readonly slots: Slots;
  /** Keys that run side by side at most. */
  readonly concurrency: number;
  readonly logFor: (event: IncomingEvent) => Log;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs events that wait in the database when their time has come. */
export interface ParkedRunner {
  /** Looks at once: an event was parked, or a partition came. */
  wake(): void;
  /** Runs until the signal aborts, then resolves when nothing runs any more. */
  run(signal: AbortSignal): Promise<void>;
  /** Aborts the attempts under way. */
  abort(reason: unknown): void;
}

/** Looks for parked events that nobody told of, such as those of a replica that was slow to lose a lease, in milliseconds. */
const lookMs = 10_000;
/** Pause when all that is due is being worked on elsewhere, or the database is away, in milliseconds. */
const breathMs = 100;

/** Makes a runner that does not run yet. */
export function createParkedRunner(options: ParkedRunnerOptions): ParkedRunner {
  const { inbox, parking, slots, concurrency, clock, log } = options;
  const running = new Set<AbortController>();
  const suspects = new Map<bigint, "counted" | "cleared">();
  let isRung = false;
  let sleep: AbortController | undefined;
  let isFailing = false;
  let isSerial = false;

  return { wake, run, abort };

  function wake(): void {
    isRung = true;
    sleep?.abort();
  }

  function abort(reason: unknown): void {
    for (const controller of running) controller.abort(reason);
  }

  async function run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => sleep?.abort(), { once: true });
    while (!signal.aborted) {
      try {
        const ran = await runDue(signal);
        isFailing = false;
        if (!ran) await rest(await nextLookMs(), signal);
      } catch (error) {
        if (!isFailing) log.warn({ err: error }, "parked events cannot be run; trying again");
        isFailing = true;
        await rest(breathMs * 10, signal);
      }
    }
  }

  async function nextLookMs(): Promise<number> {
    const refs = options.refs();
    const dueInMs = refs.length > 0 ? await parking.nextDueInMs(refs) : undefined;
    return Math.min(lookMs, Math.max(dueInMs ?? lookMs, breathMs));
  }

  async function rest(delayMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || isRung) {
      isRung = false;
      return;
    }
    sleep = new AbortController();
    await clock.sleep(delayMs, sleep.signal).catch(() => {});
    sleep = undefined;
    isRung = false;
  }

  /** Each event found brings one more worker in, so that one event costs one and many keys use all slots. */
  async function runDue(signal: AbortSignal): Promise<boolean> {
    const workers: Promise<void>[] = [];
    const failures: unknown[] = [];
    let ran = false;
    const work = async (): Promise<void> => {
      while (failures.length === 0 && (await runOne(signal))) {
        ran = true;
        if (workers.length < concurrency && !isSerial) begin();
      }
    };
    const begin = () => workers.push(work().catch((error: unknown) => void failures.push(error)));
    begin();
    for (let index = 0; index < workers.length; index++) await workers[index];
    if (failures.length > 0) throw failures[0];
    return ran;
  }

  /** True when there may be another. */
  async function runOne(signal: AbortSignal): Promise<boolean> {
    const refs = options.refs();
    if (signal.aborted || refs.length === 0) return false;
    const release = await slots.acquire();
    const controller = new AbortController();
    running.add(controller);
    try {
      if (signal.aborted) return false;
      const state = { signal: controller.signal, logFor: options.logFor, suspicionOf };
      const found = await inbox.runParked(refs, options.handle, state);
      return found !== undefined && note(found.parked, found.outcome);
    } finally {
      running.delete(controller);
      release();
    }
  }

  function suspicionOf(parked: ParkedEvent): Suspicion {
    if (!options.isSuspect(parked)) return "none";
    const known = suspects.get(parked.id);
    return known === "cleared" ? "none" : (known ?? "uncounted");
  }

  /** True when there may be another to run now. */
  function note(parked: ParkedEvent, outcome: Outcome): boolean {
    isSerial = suspicionOf(parked) !== "none";
    if (outcome.kind === "parked" && isSerial) suspects.set(parked.id, "cleared");
    else if (outcome.kind !== "retry") suspects.delete(parked.id);
    else if (outcome.counted) suspects.set(parked.id, "counted");
    return outcome.kind !== "retry" || outcome.counted;
  }
}
