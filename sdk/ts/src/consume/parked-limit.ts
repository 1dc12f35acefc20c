import type { Log } from "../core/log.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { ParkingStore } from "../core/store/parking-store.ts";
import type { Sleeper } from "./sleeper.ts";

/** What {@link createParkedLimit} works with. */
export interface ParkedLimitOptions {
  readonly ref: PartitionRef;
  readonly parking: Pick<ParkingStore, "count">;
  /** Parked events at which the partition is not read any more. */
  readonly maxParked: number;
  readonly sleeper: Sleeper;
  /** Told when reading should stop or may go on. */
  readonly onChange: () => void;
  readonly log: Log;
}

/** Stops reading a partition while a dependency that is down would copy its stream into the database. */
export interface ParkedLimit {
  readonly isPaused: boolean;
  /** Counts what is parked. */
  check(): Promise<void>;
  /** Says that one more event was parked. */
  noteParked(): void;
  /** Says that the partition is not ours any more. */
  end(): void;
}

/** How often a partition that is paused is looked at, in milliseconds. */
const checkMs = 1_000;
/** Part of the limit at which a paused partition is read again. */
const resumeShare = 0.8;
/** Parked events are counted each time this part of the limit was added. */
const checkShare = 0.1;

/** Makes a limit that is not reached. */
export function createParkedLimit(options: ParkedLimitOptions): ParkedLimit {
  const { ref, parking, maxParked, sleeper, onChange, log } = options;
  let isPaused = false;
  let isEnded = false;
  let added = 0;

  return {
    get isPaused() {
      return isPaused;
    },
    check,
    noteParked() {
      if (++added < maxParked * checkShare) return;
      check().catch((error: unknown) => log.debug({ ...ref, err: error }, "parked events were not counted"));
    },
    end() {
      isEnded = true;
    },
  };

  async function check(): Promise<void> {
    added = 0;
    if (isPaused || (await parking.count(ref)) < maxParked || isPaused) return;
    isPaused = true;
    log.warn({ ...ref, maxParked }, "too many events wait; the partition is not read until they are fewer");
    onChange();
    void resumeLater();
  }

  async function resumeLater(): Promise<void> {
    for (;;) {
      await sleeper.sleep(checkMs);
      if (isEnded || sleeper.isEnded) return;
      const count = await parking.count(ref).catch(() => maxParked);
      if (count > maxParked * resumeShare) continue;
      isPaused = false;
      log.info({ ...ref }, "the partition is read again");
      return onChange();
    }
  }
}
