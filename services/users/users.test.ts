import { BalanceChange, UserCreatedSchema, UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { openEmbedded } from "@concord/sdk/embedded";
import { openSqlite } from "@concord/sdk/sqlite";
import { createTestBed } from "@concord/sdk/testing";
import { describe, expect, it } from "vitest";
import { users } from "./service.ts";

const dollars = (minorUnits: bigint) => ({ minorUnits, currency: "USD" });

async function openUsers() {
  const bed = await createTestBed({ services: [users] });
  const client = bed.client(UserService);
  const move = (change: BalanceChange, minorUnits: bigint, operationId: string) =>
    client.adjustBalance({ userId: "1", change, amount: dollars(minorUnits), operationId });
  const balance = async () => (await client.getBalance({ userId: "1" })).balance?.minorUnits;
  return { bed, client, move, balance };
}

it("signs a user up with a balance of 0 and tells it (C1, C2, S1)", async () => {
  const { bed, client } = await openUsers();
  await using _ = bed;
  const { user } = await client.createUser({ username: "dora", email: "dora@example.com", fullName: "Dora" });
  expect(user).toMatchObject({ username: "dora", balance: dollars(0n) });
  expect((await client.getUser({ userId: user?.userId ?? "" })).user).toEqual(user);
  await bed.settled();
  expect((await bed.published(UserCreatedSchema)).map(({ data }) => data.userId)).toEqual([user?.userId]);
  const again = client.createUser({ username: "dora", email: "other@example.com" });
  await expect(again).rejects.toMatchObject({ code: "already_exists" });
});

it("has the users of a new shop, page by page (S1, S3)", async () => {
  const { bed, client } = await openUsers();
  await using _ = bed;
  const first = await client.listUsers({ pageSize: 3 });
  expect(first.users.map(({ userId, balance }) => [userId, balance?.minorUnits])).toEqual([
    ["1", 50_000n],
    ["2", 30_000n],
    ["3", 15_000n],
  ]);
  const second = await client.listUsers({ pageToken: first.nextPageToken });
  expect(second.users.map(({ userId }) => userId)).toEqual(["ada", "user-123", "user-456", "user-789"]);
});

describe("a balance", () => {
  it("moves once by each operation, however often it comes, and answers as the first time (S2)", async () => {
    const { bed, move, balance } = await openUsers();
    await using _ = bed;
    const first = await move(BalanceChange.DEDUCT, 20_000n, "o-1");
    await move(BalanceChange.ADD, 500n, "o-2");
    expect(await move(BalanceChange.DEDUCT, 20_000n, "o-1")).toEqual(first);
    expect(first.balance?.minorUnits).toBe(30_000n);
    expect(await balance()).toBe(30_500n);
    await expect(move(BalanceChange.DEDUCT, 1n, "o-1")).rejects.toMatchObject({ code: "failed_precondition" });
  });

  it("never goes below 0, also by many operations at once", async () => {
    const { bed, move, balance } = await openUsers();
    await using _ = bed;
    const wishes = Array.from({ length: 10 }, (_, n) => move(BalanceChange.DEDUCT, 20_000n, `o-${n}`));
    const results = await Promise.allSettled(wishes);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(await balance()).toBe(10_000n);
  });

  it("is as before when an operation is taken back, whether that came before or behind it", async () => {
    const { bed, client, move, balance } = await openUsers();
    await using _ = bed;
    await move(BalanceChange.DEDUCT, 20_000n, "o-1");
    for (let n = 0; n < 2; n++) await client.reverseOperation({ userId: "1", operationId: "o-1" });
    await client.reverseOperation({ userId: "1", operationId: "o-2" });
    for (const late of ["o-1", "o-2"]) {
      await expect(move(BalanceChange.DEDUCT, 20_000n, late)).rejects.toMatchObject({ code: "failed_precondition" });
    }
    expect(await balance()).toBe(50_000n);
    const foreign = client.reverseOperation({ userId: "2", operationId: "start-1" });
    await expect(foreign).rejects.toMatchObject({ code: "failed_precondition" });
  });
});

it("answers by REST with the status that users expect, and names every wrong field (C7, C8)", async () => {
  await using transport = await openEmbedded({ path: ":memory:" });
  const database = openSqlite({ path: ":memory:" });
  await using running = await users.start({ transport, database, config: { port: 0, logLevel: "error" } });
  const call = async (path: string, body?: unknown) => {
    const head = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${running.url}${path}`, body === undefined ? {} : head);
    return [response.status, await response.json()];
  };
  const dora = { username: "dora", email: "dora@example.com", full_name: "Dora" };
  expect(await call("/api/users", dora)).toMatchObject([201, { user_id: expect.any(String), username: "dora" }]);
  expect(await call("/api/users/1")).toMatchObject([200, { username: "alice", balance: { minor_units: "50000" } }]);
  expect(await call("/api/users/none")).toMatchObject([404, { code: "not_found" }]);
  const deduct = { change: "DEDUCT", amount: { minor_units: 99, currency: "USD" }, operation_id: "o-1" };
  expect(await call("/api/users/1/balance", deduct)).toMatchObject([200, { balance: { minor_units: "49901" } }]);
  const tooMuch = { ...deduct, operation_id: "o-2", amount: { minor_units: 60_000, currency: "USD" } };
  expect(await call("/api/users/1/balance", tooMuch)).toMatchObject([400, { code: "invalid_argument" }]);
  const [status, answer] = await call("/api/users", { username: "x", email: "nobody" });
  expect([status, answer]).toMatchObject([400, { violations: [{ field: "username" }, { field: "email" }] }]);
  expect(JSON.stringify(answer)).not.toMatch(/\bat .*:\d+|node_modules|\.ts/);
  const given = { ...deduct, operation_id: "o-3", amount: { minor_units: -99, currency: "USD" } };
  const violations = [{ field: "amount" }, { field: "amount.minor_units" }];
  expect(await call("/api/users/1/balance", given)).toMatchObject([400, { violations }]);
  expect(await call("/api/users/1/balance")).toMatchObject([200, { balance: { minor_units: "49901" } }]);
  await database.close();
});
