import { expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { type Log, silentLog } from "../core/log.ts";
import type { Cursor } from "../core/store/cursor-store.ts";
import { createFindStarts } from "./find-starts.ts";

const ref = { consumer: "stock", stream: "evt-orders", partition: 0 };
const state = { name: ref.stream, firstSequence: 1n, lastSequence: 3n, messages: 3n, partitions: 8, createdAtMs: 1 };
const later = { ...state, lastSequence: 5n, messages: 5n };

it("takes a position that another replica stores meanwhile for no loss of the stream (T26)", async () => {
  const alarms: string[] = [];
  const log: Log = { ...silentLog, error: (_, message) => void alarms.push(message) };
  const stored: Cursor = { sequence: 5n, eventId: "e5", streamCreatedAtMs: 1, eventTimeMs: 1 };
  const findStarts = createFindStarts({
    transport: { get: async () => undefined, streamState: async () => later },
    cursors: { load: async () => stored, advance: async () => {}, rewind: async () => {} },
    attempts: { clear: async () => {} },
    rewindMargin: 100n,
    clock: systemClock,
    log,
  });

  const [start] = await findStarts([{ ref, isDirty: false }], state);

  expect(alarms).toEqual([]);
  expect(start!.position.sequence).toBe(5n);
});
