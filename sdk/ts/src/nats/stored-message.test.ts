import { describe, expect, it } from "vitest";
import { readFacts } from "./stored-message.ts";

describe("the facts of a delivery", () => {
  const facts = {
    deliveries: 2,
    streamSequence: 9_007_199_254_740_993n,
    consumerSequence: 7,
    storedAtMs: 1_735_787_045_006,
  };
  const numbers = "2.9007199254740993.7.1735787045006999999.0";

  it.each([
    ["of servers up to 2.9", `$JS.ACK.evt-orders.d.${numbers}`],
    ["with domain and account", `$JS.ACK._.ACCOUNT.evt-orders.d.${numbers}`],
    ["with a random token behind", `$JS.ACK.hub.ACCOUNT.evt-orders.d.${numbers}.x1`],
  ])("are read from the reply subject %s", (_, reply) => {
    expect(readFacts(reply)).toEqual(facts);
  });
});
