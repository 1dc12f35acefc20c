import { expect, it } from "vitest";
import { createManualClock } from "../testing/manual-clock.ts";
import { createStoppedKeys } from "./stopped-keys.ts";

const row = {
  ...{ id: 1n, partition: 0, key: "a", stream: "evt-a", subject: "evt.a.0.a.T", messageId: "/a/1" },
  ...{ headers: {}, body: new Uint8Array(), attempts: 0 },
};

it("says once that a key's time has come, so that a row which is gone keeps nobody awake", () => {
  const clock = createManualClock();
  const stopped = createStoppedKeys(clock);
  stopped.stop(row, 50);
  expect(stopped.nextInMs()).toBe(50);
  clock.advance(60);
  expect(stopped.nextInMs()).toBe(0);
  expect(stopped.nextInMs()).toBeUndefined();
  expect(stopped.has(row)).toBe(false);
});
