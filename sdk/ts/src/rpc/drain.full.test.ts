import { expect, it } from "vitest";
import { playDrains } from "../../../../tools/rpc-drains.ts";

it("drains 1,000 times under load without a failed call that may be repeated", async () => {
  expect(await playDrains(1_000)).toMatchObject({ drains: 1_000, failures: [] });
});
