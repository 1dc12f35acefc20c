import { closeSync, fdatasync, openSync } from "node:fs";
import { promisify } from "node:util";
import { ConcordError } from "../core/error.ts";

/** Brings commits to the disk, many by one fsync, beside whatever else the process does. */
export interface DiskSync {
  /** Says that something was committed. */
  note(): void;
  /**
   * Resolves when everything that was committed before the call is on the disk.
   * @throws {ConcordError} `unavailable` when the disk refused; from then on always, as nobody knows what it holds.
   */
  reach(): Promise<void>;
  /** Waits for the last of it, then lets the file go. */
  close(): Promise<void>;
}

/** For a file whose last commits may be lost in a power cut. */
export const noDiskSync: DiskSync = { note: () => {}, reach: async () => {}, close: async () => {} };

/**
 * Makes the sync of a database in WAL mode with `synchronous=NORMAL`: SQLite then writes each commit to the log without
 * waiting for the disk, and an fsync of the log brings all of them there, in their order. While one fsync runs, others
 * commit, and the next one is theirs together.
 * @param sync Brings the log's file to the disk. Default: `fdatasync`, on macOS as strong as it gets there.
 */
export function createDiskSync(path: string, sync: (file: number) => Promise<void> = promisify(fdatasync)): DiskSync {
  let file: number | undefined;
  let committed = 0;
  let synced = 0;
  let running: Promise<void> | undefined;

  const run = async () => {
    const target = committed;
    // The log is there as long as a connection is; SQLite empties it, but never replaces it.
    file ??= openSync(`${path}-wal`, "r+");
    await sync(file);
    synced = target;
    running = undefined;
  };
  const reach = async () => {
    const target = committed;
    while (synced < target) {
      running ??= run();
      await running.catch((cause) => {
        throw new ConcordError("unavailable", `the disk did not take ${path}; what was committed last may be lost`, {
          cause,
        });
      });
    }
  };
  return {
    note: () => {
      committed++;
    },
    reach,
    close: async () => {
      await reach().catch(() => {});
      if (file !== undefined) closeSync(file);
    },
  };
}
