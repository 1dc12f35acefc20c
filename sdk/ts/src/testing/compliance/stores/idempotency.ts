import { describe, expect, it } from "vitest";
import type { CallRef } from "../../../core/store/idempotency-store.ts";
import { begin, openBed, type StoreComplianceOptions } from "./bed.ts";

const call: CallRef = { method: "lab.v1.LabService/Pay", caller: "ada", key: "key-1" };
const claim = { requestHash: "a".repeat(64), retentionMs: 60_000 };
const bytes = (text: string) => new TextEncoder().encode(text);

/** One effect per call and key. */
export function idempotency<Db, Tx>(options: StoreComplianceOptions<Db, Tx>): void {
  describe("calls", () => {
    it("run each of their transactions once, and keep what it gave", async () => {
      await using t = await openBed(options);
      const store = t.stores.idempotency;
      for (const step of [0, 1]) {
        const first = await t.inTx(async (tx) => {
          const known = await store.claim(tx, call, step, claim);
          await store.record(tx, call, step, bytes(`result ${step}`));
          return known;
        });
        expect(first).toBeUndefined();
        const again = await t.inTx((tx) => store.claim(tx, call, step, claim));
        expect(again?.requestHash).toBe(claim.requestHash);
        expect(Buffer.from(again!.result!).toString()).toBe(`result ${step}`);
      }
    });

    it("are unknown when their transaction rolled back", async () => {
      await using t = await openBed(options);
      const failed = t.inTx(async (tx) => {
        await t.stores.idempotency.claim(tx, call, 0, claim);
        throw new Error("no");
      });
      await expect(failed).rejects.toThrow("no");
      expect(await t.stores.idempotency.find(call)).toBeUndefined();
    });

    it("keep the first answer, with or without a transaction", async () => {
      await using t = await openBed(options);
      const store = t.stores.idempotency;
      await t.inTx((tx) => store.claim(tx, call, 0, claim));
      expect(await store.find(call)).toEqual({ requestHash: claim.requestHash, answer: undefined });
      for (const answered of [call, { ...call, key: "read" }]) {
        expect(Buffer.from(await store.settle(answered, claim, bytes("first"))).toString()).toBe("first");
        expect(Buffer.from(await store.settle(answered, claim, bytes("second"))).toString()).toBe("first");
        expect(Buffer.from((await store.find(answered))!.answer!).toString()).toBe("first");
      }
    });

    it("are told apart by method, caller and key", async () => {
      await using t = await openBed(options);
      const others: CallRef[] = [
        call,
        { ...call, method: "lab.v1.LabService/Charge" },
        { ...call, caller: "" },
        { ...call, key: "key-2" },
        { ...call, key: `${"long".repeat(5_000)}1` },
        { ...call, key: `${"long".repeat(5_000)}2` },
      ];
      for (const other of others) {
        expect(await t.inTx((tx) => t.stores.idempotency.claim(tx, other, 0, claim))).toBeUndefined();
      }
      for (const other of others) expect(await t.stores.idempotency.find(other)).toBeDefined();
    });

    it("make a second one wait for the first one's end", async () => {
      await using t = await openBed(options);
      for (const end of ["commit", "rollBack"] as const) {
        const ref = { ...call, key: end };
        const first = await begin(t.bed.database);
        await t.stores.idempotency.claim(first.tx, ref, 0, claim);
        await t.stores.idempotency.record(first.tx, ref, 0, bytes("done"));
        const second = t.inTx((tx) => t.stores.idempotency.claim(tx, ref, 0, claim));
        await t.bed.untilWaiting(1);
        await first[end]();
        expect((await second)?.result !== undefined).toBe(end === "commit");
      }
    });

    it("are forgotten after their time, and can then be made anew", async () => {
      await using t = await openBed(options);
      const store = t.stores.idempotency;
      const short = { ...claim, retentionMs: 50 };
      await store.settle(call, short, bytes("old"));
      await store.settle({ ...call, key: "other" }, short, bytes("old"));
      await store.settle({ ...call, key: "lasting" }, claim, bytes("kept"));
      await t.bed.passTime(60);
      expect(await store.find(call)).toBeUndefined();
      expect(await t.inTx((tx) => store.claim(tx, call, 0, claim))).toBeUndefined();
      expect((await store.find(call))?.answer).toBeUndefined();
      expect(await store.prune()).toBe(1);
      expect(await store.find({ ...call, key: "lasting" })).toBeDefined();
    });
  });
}
