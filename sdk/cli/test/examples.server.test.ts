import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserCreatedSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { createService, type RunningService, type Stores, TerminalError } from "@concord/sdk";
import { createPostgresMigrator, createPostgresStores, openPostgres } from "@concord/sdk/postgres";
import { createSqliteMigrator, createSqliteStores, openSqlite } from "@concord/sdk/sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findNatsServer } from "../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../tools/servers/nats-server.ts";
import { startPostgres } from "../../../tools/servers/postgres.ts";
import { findPostgres } from "../../../tools/servers/postgres-binary.ts";
import { allCommands } from "../src/command/all-commands.ts";
import { openWorkspace, splitWords, type Workspace } from "./workspace.ts";

const slow = { timeout: 120_000 };
const type = "shop.users.v1.UserCreated";
const example = (name: string) => allCommands.find((spec) => spec.name === name)!.example;

/** What each example ends with on a system that works, but for a service that gives up on every user. */
const expectations: Readonly<Record<string, { readonly exitCode: number; readonly output: RegExp }>> = {
  new: { exitCode: 0, output: /billing\/service\.ts\n[\s\S]*npm start/ },
  lint: { exitCode: 0, output: /^(::warning .*\n)+$/ },
  breaking: { exitCode: 0, output: /compared with v1\.4\.0[\s\S]*nothing found/ },
  explain: { exitCode: 0, output: /^# EVENT_KEY_SAME[\s\S]*How to change safely/ },
  list: { exitCode: 1, output: /evt-users +8 [\s\S]*missing +evt-payments/ },
  publish: { exitCode: 0, output: /UserCreated [0-9a-f-]{36} is stored/ },
  tail: { exitCode: 1, output: /^$/ },
  "dead-letters list": {
    exitCode: 1,
    output: /^1 .*UserCreated +ada +terminal \(terminal\) after 1 attempts/,
  },
  "dead-letters show": {
    exitCode: 0,
    output: /reason +terminal\n[\s\S]*data +\{"user_id":"ada","username":"ada","email":"\[redacted\]"/,
  },
  "dead-letters redrive": { exitCode: 0, output: /^2 dead letters to send back to notifications/ },
  "outbox status": {
    exitCode: 1,
    output: /^0 wait, .* 1 are in quarantine\n\d+ +shop\.orders\.v1\.OrderCreated +o-1 +too_large/,
  },
  "outbox release": { exitCode: 0, output: /^row \d+ is sent again/ },
  replay: { exitCode: 0, output: /^\d+ events to hand to notifications again; add --run/ },
  conformance: { exitCode: 0, output: /--testee/ },
  permissions: { exitCode: 0, output: /user: "orders"/ },
  docs: { exitCode: 0, output: /orders\.asyncapi\.json is written/ },
  doctor: { exitCode: 0, output: /✓ broker: [\s\S]*✓ database of orders: / },
  completion: { exitCode: 0, output: /complete -o default -F _concord concord/ },
};

/** Fields of what each command prints as JSON, which scripts may rely on. */
const shapes: Readonly<Record<string, string>> = {
  new: "files folder next",
  lint: "against command errors findings warnings",
  breaking: "against command errors findings warnings",
  explain: "page rule severity type",
  list: "live streams",
  publish: "id key source type",
  tail: "data id key sequence stream time type",
  "dead-letters list": "attempts error key originalSequence originalStream reason redrives sequence service time type",
  "dead-letters show":
    "attempts correlationId data error id idempotencyKey key originalSequence originalStream reason redrives sequence service source time type",
  "dead-letters redrive": "dryRun redriven service",
  "outbox status": "oldestAgeMs quarantined rows service waiting",
  "outbox release": "action id service",
  replay: "dryRun replayed service",
  permissions: "users",
  docs: "files folder stale",
  doctor: "findings",
};

const nats = await findNatsServer("newest");

describe.skipIf(!nats.available)("the example of each command, on real servers", () => {
  const opened = new AsyncDisposableStack();
  let workspace: Workspace;
  let databaseUrl: string;
  let quarantinedId: bigint;

  beforeAll(async () => {
    workspace = opened.use(openWorkspace());
    const server: NatsServer = await startNatsServer();
    opened.defer(() => server.stop());
    databaseUrl = await openOrdersDatabase(opened, join(workspace.folder, "orders.db"));
    workspace.environment.ORDERS_DATABASE = databaseUrl;
    const yaml = `default: test\nprofiles:\n  test:\n    transport: ${server.url}\n    databases: {orders: {env: ORDERS_DATABASE}}\n`;
    writeFileSync(join(workspace.folder, "concord.yaml"), yaml);
    quarantinedId = await quarantineOne(databaseUrl);
    const service = opened.use(await startNotifications(server.url, join(workspace.folder, "notifications.db")));
    await vi.waitFor(async () => expect((await service.health()).ready).toBe(true), { timeout: 20_000 });
    const published = await workspace.run(splitWords(example("publish")).slice(1));
    expect(published.exitCode, published.errors).toBe(0);
    const waitForLetter = async () =>
      expect((await workspace.run(["dead-letters", "list", "notifications"])).exitCode).toBe(1);
    await vi.waitFor(waitForLetter, { timeout: 30_000, interval: 200 });
  }, 120_000);

  afterAll(() => opened.disposeAsync());

  test("is there for every command", () => {
    expect(Object.keys(expectations).sort()).toEqual(allCommands.map(({ name }) => name).sort());
  });

  // The doctor comes last: he finds nothing only when the row in quarantine is released.
  const order = [...allCommands].sort(
    (left, right) => Number(left.name === "doctor") - Number(right.name === "doctor"),
  );
  test.each(order.map((spec) => [spec.example, spec.name]))("%s", slow, async (line, name) => {
    const args = splitWords(line)
      .slice(1)
      .map((word) => (word === "17" ? String(quarantinedId) : word));
    const { exitCode, output, errors } = await workspace.run(args);
    const { exitCode: expected, output: pattern } = expectations[name]!;
    expect(output, errors).toMatch(pattern);
    expect(exitCode, errors).toBe(expected);
  });

  test("tail follows what comes, decoded, and ends at its limit or when it is interrupted", slow, async () => {
    const following = workspace.start(["tail", type, "--key", "bob", "--limit", "1", "--from", "2026-01-01"]);
    const publish = (id: string) => workspace.run(["publish", type, JSON.stringify(userOf(id))]);
    await publish("eve");
    await publish("bob");
    const { exitCode, output } = await following.ended;
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^\S+Z shop\.users\.v1\.UserCreated bob \{"user_id":"bob".*\}\n$/);
    const interruption = AbortSignal.timeout(1_500);
    expect((await workspace.run(["tail", type], interruption)).exitCode).toBe(0);
  });

  test("JSON has a stable shape, one value on each line", slow, async () => {
    const json = async (...args: string[]) => JSON.parse((await workspace.run([...args, "--format", "json"])).output);
    expect(await json("publish", type, JSON.stringify(userOf("ada")))).toEqual({
      id: expect.any(String),
      type,
      source: "/shop/users",
      key: "ada",
    });
    expect(await json("tail", type, "--no-follow", "--limit", "1")).toMatchObject({
      stream: "evt-users",
      sequence: "1",
      type,
      key: "ada",
      data: { user_id: "ada" },
    });
    expect(await json("list", "streams")).toMatchObject({
      streams: expect.arrayContaining([{ name: "evt-users", partitions: 8, retentionDays: 30, replicas: null }]),
    });
    expect(await json("dead-letters", "show", "notifications", "1")).toMatchObject({
      sequence: "1",
      reason: "terminal",
      attempts: 1,
      originalStream: "evt-users",
    });
  });

  const withJson = allCommands.filter(({ options = [] }) => options.some(({ choices }) => choices?.includes("json")));
  test.each(withJson.map(({ name, example }) => [name, example]))(
    "JSON of %s has its fields",
    slow,
    async (name, line) => {
      if (name === "outbox status") quarantinedId = await quarantineOne(databaseUrl);
      const words = splitWords(line)
        .slice(1)
        .map((word) => (word === "17" ? String(quarantinedId) : word));
      const changed = name === "new" ? ["new", "shipping"] : name === "tail" ? ["tail", type, "--no-follow"] : words;
      const { output, errors } = await workspace.run([...changed, "--format", "json"]);
      const lines =
        name === "permissions" || name === "lint" || name === "breaking" ? [output] : output.trim().split("\n");
      for (const each of lines) expect(Object.keys(JSON.parse(each)).sort().join(" "), errors).toBe(shapes[name]);
    },
  );

  test("a dead letter that is not there is found missing, and nothing is sent", slow, async () => {
    const { exitCode, errors } = await workspace.run(["dead-letters", "redrive", "notifications", "99"]);
    expect(exitCode).toBe(1);
    expect(errors).toContain("has no dead letter 99");
  });
});

const userOf = (userId: string) => ({ userId, username: userId, email: `${userId}@example.com` });

/** A service that gives up on every user. */
function startNotifications(transport: string, file: string): Promise<RunningService> {
  const service = createService({ name: "notifications" }).on(UserCreatedSchema, () => {
    throw new TerminalError("no mail for anybody");
  });
  return service.start({ listen: false, config: { transport, databaseUrl: `sqlite:${file}`, logLevel: "silent" } });
}

/** PostgreSQL where it can be had, else a file. */
async function openOrdersDatabase(opened: AsyncDisposableStack, file: string): Promise<string> {
  if (!(await findPostgres()).available) return `sqlite:${file}`;
  const server = await startPostgres();
  opened.defer(() => server.stop());
  return server.createDatabase("orders");
}

/** Lays out a service's tables and puts one row in quarantine. */
async function quarantineOne(url: string): Promise<bigint> {
  if (url.startsWith("sqlite:")) {
    await using database = { opened: openSqlite({ path: url }), [Symbol.asyncDispose]: () => database.opened.close() };
    await createSqliteMigrator(database.opened).migrate();
    return quarantine(createSqliteStores(database.opened), (run) => database.opened.transaction(run));
  }
  const database = openPostgres(url, { maxConnections: 2 });
  try {
    await createPostgresMigrator(database).migrate();
    return await quarantine(createPostgresStores(database), (run) => database.transaction(run));
  } finally {
    await database.close();
  }
}

async function quarantine<Tx>(
  { outbox }: Pick<Stores<Tx>, "outbox">,
  transaction: (run: (tx: Tx) => Promise<readonly bigint[]>) => Promise<readonly bigint[]>,
): Promise<bigint> {
  const entry = {
    partition: 0,
    key: "o-1",
    stream: "evt-orders",
    subject: "evt.orders.0.o-1.shop.orders.v1.OrderCreated",
    messageId: "m-1",
    headers: {},
    type: "shop.orders.v1.OrderCreated",
    eventId: "e-1",
    head: new Uint8Array([1]),
  };
  const [id] = await transaction((tx) => outbox.insert(tx, [entry]));
  await outbox.quarantine(id!, "too_large: the event has 2 MB");
  return id!;
}
