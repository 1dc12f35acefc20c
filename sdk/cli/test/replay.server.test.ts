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
  type RunningService,
  systemClock,
  TerminalError,
  type Transport,
} from "@concord/sdk";
import { connectNats } from "@concord/sdk/nats";
import { openSqlite } from "@concord/sdk/sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findNatsServer } from "../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../tools/servers/nats-server.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

const count = 3_000;
const slow = { timeout: 180_000 };
const nats = await findNatsServer("newest");

describe.skipIf(!nats.available)("a command that is killed in the middle of long work", () => {
  const opened = new AsyncDisposableStack();
  let workspace: Workspace;
  let server: NatsServer;
  let watcher: Transport;
  let service: RunningService;
  const effects = new Map<string, number>();
  let refuses = true;

  beforeAll(async () => {
    workspace = opened.use(openWorkspace());
    server = await startNatsServer();
    opened.defer(() => server.stop());
    workspace.environment.CONCORD_TRANSPORT = server.url;
    watcher = opened.use(await connectNats({ servers: server.url }));
    await publishUsers(watcher);
    const path = join(workspace.folder, "notifications.db");
    const database = openSqlite({ path, durable: false });
    const notifications = createService({ name: "notifications", database: () => database }).on(
      UserCreatedSchema,
      ({ data }) => {
        if (refuses) throw new TerminalError("not now");
        effects.set(data.userId, (effects.get(data.userId) ?? 0) + 1);
      },
    );
    const config = { transport: server.url, logLevel: "silent" };
    service = opened.use(await notifications.start({ listen: false, config }));
    opened.defer(() => database.close());
  }, 180_000);

  afterAll(() => opened.disposeAsync());

  const settled = async () => {
    const { events, outbox, unread } = await service.backlog();
    expect({ events, outbox, unread: Object.values(unread).reduce((sum, each) => sum + Number(each), 0) }).toEqual({
      events: 0,
      outbox: 0,
      unread: 0,
    });
  };
  const timesOf = () => [...new Set(effects.values())];

  /** Starts a command, kills it when some of its work is done. */
  async function killInTheMiddle(args: readonly string[], done: () => Promise<number>): Promise<void> {
    const before = await done();
    const { kill, ended } = workspace.start([...args, "--rate", "100"]);
    await vi.waitFor(async () => expect(await done()).toBeGreaterThan(before + 1_100), {
      timeout: 60_000,
      interval: 20,
    });
    kill();
    expect((await ended).exitCode).toBe(null);
  }

  async function messagesIn(stream: string): Promise<number> {
    return Number((await watcher.streamState(stream))?.messages ?? 0n);
  }

  test("redrive goes on where it was, and no event has two effects", slow, async () => {
    await vi.waitFor(async () => expect(await messagesIn("dlq-notifications")).toBe(count), { timeout: 120_000 });
    refuses = false;
    const redrive = ["dead-letters", "redrive", "notifications"];
    await killInTheMiddle(redrive, () => messagesIn("rdr-notifications"));
    expect(await messagesIn("dlq-notifications")).toBeGreaterThan(0);
    expect((await workspace.run(redrive)).exitCode).toBe(0);
    await vi.waitFor(() => expect(effects.size).toBe(count), { timeout: 120_000 });
    await vi.waitFor(settled, { timeout: 60_000 });
    expect(timesOf()).toEqual([1]);
    expect(await messagesIn("dlq-notifications")).toBe(0);
  });

  test("a replay has no effect on what was handled", slow, async () => {
    const replay = ["replay", "--for", "notifications", "--from", "2026-01-01", "--run", "--format", "json"];
    const { output } = await workspace.run(replay);
    expect(JSON.parse(output)).toEqual({ service: "notifications", replayed: count, dryRun: false });
    await vi.waitFor(settled, { timeout: 120_000 });
    expect(timesOf()).toEqual([1]);
  });

  test("a replay that repeats effects repeats each once, over its death", slow, async () => {
    const replay = ["replay", "--for", "notifications", "--from", "2026-01-01", "--run", "--again"];
    await killInTheMiddle(replay, () => messagesIn("rdr-notifications"));
    expect(readdirSync(join(workspace.folder, ".concord"))).toHaveLength(1);
    const { exitCode, errors } = await workspace.run(replay);
    expect({ exitCode }, errors).toEqual({ exitCode: 0 });
    expect(errors).toMatch(/going on behind the [12]000 events/);
    expect(readdirSync(join(workspace.folder, ".concord"))).toEqual([]);
    await vi.waitFor(() => expect([...effects.values()].reduce((sum, each) => sum + each)).toBe(2 * count), {
      timeout: 120_000,
    });
    await vi.waitFor(settled, { timeout: 60_000 });
    expect(timesOf()).toEqual([2]);
  });
});

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
