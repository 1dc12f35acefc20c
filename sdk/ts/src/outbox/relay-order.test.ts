import fc from "fast-check";
import { expect, it } from "vitest";
import { ConcordError, type ErrorCode } from "../core/error.ts";
import type { ProbePoint } from "../core/probe.ts";
import type { FaultPlan } from "../testing/faulty-transport.ts";
import { type Fact, openRelayBed } from "../testing/relay-bed.ts";
import { stopAt } from "../testing/stop-at.ts";

const codes: ErrorCode[] = ["unavailable", "deadline_exceeded", "resource_exhausted", "internal", "not_found"];
const points: ProbePoint[] = ["relay.claim", "relay.batch", "relay.publish", "relay.delete", "relay.commit"];

const schedule = fc.record({
  atomicBatch: fc.boolean(),
  dedupeWindowMs: fc.constantFrom(0, 120_000),
  facts: fc.array(
    fc.record({
      key: fc.constantFrom("a", "b", "c", undefined),
      stream: fc.constantFrom(...["evt-orders", "cmd-payments"]),
    }),
    {
      minLength: 1,
      maxLength: 40,
    },
  ),
  /** One entry per publication that fails: how many go well before it. */
  faults: fc.array(
    fc.record({
      afterCalls: fc.nat(12),
      code: fc.constantFrom(...codes),
      when: fc.constantFrom("before" as const, "after" as const),
    }),
    { maxLength: 12 },
  ),
  crashes: fc.array(fc.record({ point: fc.constantFrom(...points), nth: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 3,
  }),
  relays: fc.constantFrom(1, 2),
});

it("loses nothing and keeps every key's order under any failures, crashes and a second relay (T3, T4)", async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async ({ facts, faults, crashes, relays, ...options }) => {
      await using bed = await openRelayBed({ ...options, faults: planOf(faults) });
      const named: Fact[] = facts.map((fact, index) => ({ ...fact, body: `${fact.key ?? "_"}-${index}` }));
      for (const fact of named) await bed.commit(fact);
      for (const { point, nth } of crashes)
        await bed
          .relay({ probe: stopAt(point, nth) })
          .runUntilIdle()
          .catch(() => {});
      await Promise.all(Array.from({ length: relays }, () => bed.relay({ maxAttempts: 1_000 }).runUntilIdle()));
      const first = [...new Set(bed.order)];
      expect(first.toSorted()).toEqual(named.map(({ body }) => body).toSorted());
      for (const key of ["a", "b", "c"]) {
        const wanted = named.filter((fact) => fact.key === key).map(({ body }) => body);
        expect(first.filter((body) => body.startsWith(key))).toEqual(wanted);
      }
    }),
    { numRuns: Number(process.env.CONCORD_TEST_RUNS ?? 25) },
  );
}, 60_000);

function planOf(faults: readonly { afterCalls: number; code: ErrorCode; when: "before" | "after" }[]): FaultPlan {
  const left = [...faults];
  let calls = 0;
  return () => {
    const next = left[0];
    if (!next || calls++ < next.afterCalls) return undefined;
    calls = 0;
    left.shift();
    return { when: next.when, error: new ConcordError(next.code, "planned") };
  };
}
