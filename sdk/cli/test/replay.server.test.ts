import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UserCreatedSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import {
  createContractReader,
  createEventPreparer,
  createIdGenerator,
  createPublisher,
  createService,
  createValidation,
  type Database,
  type RunningService,
  systemClock,
  TerminalError,
  type Transport,
} from "@concord/sdk";
import { connectNats } from "@concord/sdk/nats";
import { openPostgres } from "@concord/sdk/postgres";
import { openSqlite } from "@concord/sdk/sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findNatsServer } from "../../../tools/servers/nats-binary.ts";
import { startNatsServer } from "../../../tools/servers/nats-server.ts";
import { startPostgres } from "../../../tools/servers/postgres.ts";
import { findPostgres } from "../../../tools/servers/postgres-binary.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

const count = 2_200;
const type = "shop.users.v1.UserCreated";
/** Events between two notes of a replay's progress. */
const stretch = 1_000;
const slow = { timeout: 180_000 };
const patience = { timeout: 120_000, interval: 200 };
const nats = await findNatsServer("newest");

const postgres = await findPostgres();

describe.each([
  { kind: "SQLite", available: nats.available },
  { kind: "PostgreSQL", available: nats.available && postgres.available },
])("a command that is killed in the middle of long work, for a service on $kind", ({ kind, available }) => {
  const opened = new AsyncDisposableStack();
  let workspace: Workspace;
  let watcher: Transport;
  let notifications: Notifications;

  beforeAll(async () => {
    if (!available) return;
    workspace = opened.use(openWorkspace());
    const server = await startNatsServer();
    opened.defer(() => server.stop());
    workspace.environment.CONCORD_TRANSPORT = server.url;
    watcher = opened.use(await connectNats({ servers: server.url }));
    await publishUsers(watcher);
    const start = kind === "SQLite" ? startOnSqlite : startOnPostgres;
    notifications = await start(server.url, { opened, folder: workspace.folder });
  }, 180_000);

  afterAll(() => opened.disposeAsync());

  const settled = async () => {
    const { events, outbox, unread } = await notifications.service.backlog();
    expect({ events, outbox, unread: Object.values(unread).reduce((sum, each) => sum + Number(each), 0) }).toEqual({
      events: 0,
      outbox: 0,
      unread: 0,
    });
  };

  /** Starts a command, kills it when some of its work is done. */
  async function killInTheMiddle(args: readonly string[], done: () => Promise<number>): Promise<void> {
    const before = await done();
    const { kill, ended } = workspace.start([...args, "--rate", "100"]);
    const begun = async () => expect(await done()).toBeGreaterThan(before + stretch + 100);
    await vi.waitFor(begun, { timeout: 60_000, interval: 20 });
    kill();
    expect((await ended).exitCode).toBe(null);
  }

  async function messagesIn(stream: string): Promise<number> {
    return Number((await watcher.streamState(stream))?.messages ?? 0n);
  }

  test.skipIf(!available)("redrive goes on where it was, and no event has two effects", slow, async () => {
    await vi.waitFor(async () => expect(await messagesIn("dlq-notifications")).toBe(count), { timeout: 120_000 });
    notifications.refuses = false;
    const redrive = ["dead-letters", "redrive", "notifications"];
    await killInTheMiddle(redrive, () => messagesIn("rdr-notifications"));
    expect(await messagesIn("dlq-notifications")).toBeGreaterThan(0);
    expect((await workspace.run(redrive)).exitCode).toBe(0);
    await vi.waitFor(async () => expect(await notifications.effects()).toEqual({ users: count, times: [1] }), patience);
    await vi.waitFor(settled, { timeout: 60_000 });
    expect(await notifications.effects()).toEqual({ users: count, times: [1] });
    expect(await messagesIn("dlq-notifications")).toBe(0);
  });

  test.skipIf(!available)("a replay is only counted until it is told to run", slow, async () => {
    const before = await messagesIn("rdr-notifications");
    const { output } = await workspace.run(["replay", "--for", "notifications", "--from", "2026-01-01"]);
    expect(output).toContain(`${count} events to hand to notifications again; add --run to do it`);
    expect(await messagesIn("rdr-notifications")).toBe(before);
  });

  test.skipIf(!available)("a replay has no effect on what was handled", slow, async () => {
    const replay = ["replay", "--for", "notifications", "--from", "2026-01-01", "--run", "--format", "json"];
    const { output } = await workspace.run(replay);
    expect(JSON.parse(output)).toEqual({ service: "notifications", replayed: count, dryRun: false });
    await vi.waitFor(settled, patience);
    expect(await notifications.effects()).toEqual({ users: count, times: [1] });
  });

  test.skipIf(!available)("a replay that repeats effects repeats each once, over its death", slow, async () => {
    const replay = ["replay", "--for", "notifications", "--from", "2026-01-01", "--run", "--again", "--format", "json"];
    await killInTheMiddle(replay, () => messagesIn("rdr-notifications"));
    expect(readdirSync(join(workspace.folder, ".concord"))).toHaveLength(1);
    const { exitCode, output, errors } = await workspace.run(replay);
    expect({ exitCode }, errors).toEqual({ exitCode: 0 });
    // Both runs together: what the first one noted is not handed over a second time.
    expect(JSON.parse(output)).toEqual({ service: "notifications", replayed: count, dryRun: false });
    expect(errors).toMatch(/going on behind the [12]000 events/);
    expect(readdirSync(join(workspace.folder, ".concord"))).toEqual([]);
    await vi.waitFor(async () => expect(await notifications.effects()).toEqual({ users: count, times: [2] }), patience);
    await vi.waitFor(settled, { timeout: 60_000 });
    expect(await notifications.effects()).toEqual({ users: count, times: [2] });
  });

  test.skipIf(!available)("a replay that is interrupted says how to go on, and does", slow, async () => {
    const replay = ["replay", "--for", "notifications", "--from", "2026-01-01", "--type", type, "--run"];
    const { interrupt, ended } = workspace.start([...replay, "--rate", "10"]);
    await vi.waitFor(() => expect(readdirSync(join(workspace.folder, ".concord"))).toHaveLength(1), patience);
    interrupt();
    const { exitCode, output, errors } = await ended;
    expect({ exitCode, output }).toEqual({ exitCode: 130, output: "" });
    expect(errors).toMatch(/^concord: \d+ were handed over for certain; run the same again to go on behind them\n/);
    expect(errors).toMatch(/concord: interrupted\n$/);
    expect((await workspace.run(replay)).output).toBe(`${count} events handed to notifications again\n`);
    expect(readdirSync(join(workspace.folder, ".concord"))).toEqual([]);
    await vi.waitFor(settled, patience);
    expect(await notifications.effects()).toEqual({ users: count, times: [2] });
  });

  test.skipIf(!available)("a rate is kept to", slow, async () => {
    const startedMs = performance.now();
    const some = ["--to", "2027-01-01", "--run", "--rate", "1000"];
    expect((await workspace.run(["replay", "--for", "notifications", "--from", "2026-01-01", ...some])).exitCode).toBe(
      0,
    );
    expect(performance.now() - startedMs).toBeGreaterThan(count - 50);
  });
});

/** A service that refuses all events until it is told otherwise, and writes a row for each that it handles. */
interface Notifications {
  readonly service: RunningService;
  refuses: boolean;
  /** How many users have a row, and which numbers of rows there are. */
  effects(): Promise<{ readonly users: number; readonly times: readonly number[] }>;
}

interface Place {
  readonly opened: AsyncDisposableStack;
  readonly folder: string;
}

async function startOnSqlite(transport: string, { opened, folder }: Place): Promise<Notifications> {
  const database = openSqlite({ path: join(folder, "notifications.db"), durable: false });
  return startNotifications(transport, database, opened);
}

async function startOnPostgres(transport: string, { opened }: Place): Promise<Notifications> {
  const server = await startPostgres();
  opened.defer(() => server.stop());
  const database = openPostgres(await server.createDatabase("notifications"), { maxConnections: 10 });
  return startNotifications(transport, database, opened);
}

async function startNotifications<Db, Tx>(
  transport: string,
  database: Database<Db, Tx>,
  opened: AsyncDisposableStack,
): Promise<Notifications> {
  await database.query(database.db, "CREATE TABLE effect (user_id TEXT NOT NULL)", []);
  const definition = createService<Db, Tx>({ name: "notifications", database: () => database });
  definition.on(UserCreatedSchema, async ({ data, tx }) => {
    if (notifications.refuses) throw new TerminalError("not now");
    await database.query(tx, "INSERT INTO effect (user_id) VALUES ($1)", [data.userId]);
  });
  const service = opened.use(await definition.start({ listen: false, config: { transport, logLevel: "silent" } }));
  const notifications: Notifications = {
    service,
    refuses: true,
    async effects() {
      const perUser = "SELECT count(*) AS times FROM effect GROUP BY user_id";
      const rows = await database.query<{ times: number | string }>(database.db, perUser, []);
      return { users: rows.length, times: [...new Set(rows.map(({ times }) => Number(times)))].sort() };
    },
  };
  return notifications;
}

async function publishUsers(transport: Transport): Promise<void> {
  const common = { partitions: 8, retentionMs: 30 * 86_400_000, dedupeWindowMs: 120_000 };
  await transport.provision([{ ...common, name: "evt-users", subjects: ["evt.users.>"] }]);
  const preparer = createEventPreparer({
    service: "users",
    source: "/shop/users",
    contracts: createContractReader(),
    validate: createValidation(),
    ids: createIdGenerator({ clock: systemClock, random: Math.random }),
    maxPayloadBytes: () => transport.maxPayloadBytes,
  });
  const users = Array.from({ length: count }, (_, index) => `user-${index}`).map((userId) => {
    return { userId, username: userId, email: `${userId}@example.com` };
  });
  await createPublisher({ transport, preparer }).publishAll(UserCreatedSchema, users);
}
