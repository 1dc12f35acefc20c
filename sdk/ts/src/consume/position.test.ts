import { describe, expect, it } from "vitest";
import type { StoredMessage } from "../core/message.ts";
import { without } from "../testing/stop-at.ts";
import { createFinishedPrefix } from "./position.ts";

const start = { sequence: 0n, eventId: "", eventTimeMs: 0 };

function message(sequence: bigint): StoredMessage {
  return { stream: "s", sequence, subject: "x", headers: {}, body: new Uint8Array([Number(sequence)]), storedAtMs: 5 };
}

describe("a finished prefix", () => {
  it("stands still while an earlier message is under way, and catches up when it is done", () => {
    const prefix = createFinishedPrefix(start);
    const [first, second, third] = [2n, 5n, 9n].map((sequence) => prefix.read(message(sequence)));
    expect(prefix.finish(third!)).toBe(false);
    expect(prefix.finish(second!)).toBe(false);
    expect(prefix.position()).toEqual(start);
    expect(prefix.ahead).toBe(3);
    expect(prefix.finish(first!)).toBe(true);
    expect(prefix.position().sequence).toBe(9n);
    expect(prefix.ahead).toBe(0);
  });

  it("would pass an unfinished message without its safeguard", () => {
    const prefix = createFinishedPrefix(start, without("position-beyond-prefix"));
    prefix.read(message(1n));
    prefix.finish(prefix.read(message(2n)));
    expect(prefix.position().sequence).toBe(2n);
  });

  it("remembers what stands at the position, by a digest where the bytes are no event", () => {
    const prefix = createFinishedPrefix(start);
    prefix.finish(prefix.read(message(3n)));
    expect(prefix.position()).toEqual({ sequence: 3n, eventId: expect.stringMatching(/^bytes:1:/), eventTimeMs: 5 });
  });

  it("stays small over many messages", () => {
    const prefix = createFinishedPrefix(start);
    for (let sequence = 1n; sequence <= 5_000n; sequence++) prefix.finish(prefix.read(message(sequence)));
    expect(prefix.ahead).toBe(0);
    expect(prefix.position().sequence).toBe(5_000n);
  });
});
