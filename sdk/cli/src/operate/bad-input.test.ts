import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runConcord } from "../command/concord.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const slow = { timeout: 60_000 };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "concord-input-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const name of ["proto", "third_party"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, "buf.yaml"), "version: v2\nmodules: [{path: proto}, {path: third_party}]\n");
});

afterAll(() => rmSync(folder, { recursive: true }));

async function run(args: readonly string[], environment: Record<string, string> = {}) {
  const errors: string[] = [];
  const output: string[] = [];
  const exitCode = await runConcord(args, {
    cwd: folder,
    now: Date.now,
    write: (text) => output.push(text),
    writeError: (text) => errors.push(text),
    environment,
  });
  return { exitCode, output: output.join(""), errors: errors.join("") };
}

const created = "shop.users.v1.UserCreated";
/** Nobody listens on the port of the discard service. */
const nowhere = "nats://127.0.0.1:9";

describe("what a user gives is refused before anything is done", () => {
  test.each([
    ["a misspelt event", ["publish", "shop.users.v1.UserCreatd", "{}"], `did you mean ${created}?`],
    ["an event without its package", ["tail", "UserCreated"], `did you mean ${created}?`],
    ["a misspelt service", ["dead-letters", "list", "notificatons"], "did you mean notifications?"],
    [
      "JSON that ends too early",
      ["publish", created, '{"userId": "ada"'],
      "no JSON at line 1, column 17: it ends there",
    ],
    [
      "JSON with a fault in it",
      ["publish", created, '{\n  "userId": ada\n}'],
      "no JSON at line 2, column 13, in userId, before ada",
    ],
    [
      "a field that the contract lacks",
      ["publish", created, '{"userid": "ada"}'],
      'at userid, line 1, column 12: key "userid" is unknown',
    ],
    ["a value of another type", ["publish", created, '{"userId": 1}'], "at userId, line 1, column 12: "],
    ["a time that is none", ["tail", created, "--from", "yesterday"], '--from "yesterday" is no time'],
    ["a count that is none", ["tail", created, "--limit", "0"], '--limit "0" is no whole number from 1'],
    [
      "a dead letter without a number",
      ["dead-letters", "show", "notifications", "x"],
      '"x" is no number of a dead letter',
    ],
    ["a replay for nobody", ["replay", "--from", "2026-01-01"], "say which service by --for"],
    ["a replay of all times", ["replay", "--for", "notifications"], "say since when by --from"],
    ["a replay of what nobody handles", replayOf("shop.orders.v1.OrderCreated"), "notifications does not handle"],
    ["a transport that is none", ["list", "--live", "--transport", "kafka:9092"], '"kafka:9092" is no transport'],
    ["a list of something else", ["list", "topics"], 'there is no list of "topics"'],
    ["a shell without completion", ["completion", "tcsh"], 'no completion for "tcsh"'],
    ["a database that nobody named", ["outbox", "status", "orders"], 'no database of "orders" is known'],
    ["a service name that is none", ["new", "Billing"], '"Billing" is no service name'],
  ])("%s", slow, async (_, args, words) => {
    const { exitCode, errors, output } = await run(args);
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: "" });
    expect(errors).toContain(words);
    expect(errors).not.toContain("    at ");
  });

  test("data that breaks the rules of its contract, with each field", slow, async () => {
    const { exitCode, errors } = await run(["publish", created, "{}", "--transport", `embedded:${brokerFile()}`]);
    expect(exitCode).toBe(2);
    expect(errors).toMatch(/\n {2}user_id: /);
  });
});

function replayOf(type: string): string[] {
  return ["replay", "--for", "notifications", "--from", "2026-01-01", "--type", type];
}

/** An empty broker file, which SQLite fills. */
function brokerFile(): string {
  const path = join(folder, "broker.db");
  writeFileSync(path, "");
  return path;
}

describe("who cannot be reached", () => {
  test.each([
    ["a broker", ["tail", created, "--transport", nowhere], `no broker answers at ${nowhere}`],
    ["a broker file", ["tail", created, "--transport", "embedded:none.db"], "there is no broker file"],
    ["a database file", ["outbox", "status", "orders", "--database", "sqlite:none.db"], "there is no database file"],
    [
      "a database",
      ["outbox", "status", "orders", "--database", "postgres://127.0.0.1:9/x"],
      "the database does not answer",
    ],
  ])("%s is told with its address, by exit code 3", slow, async (_, args, words) => {
    const { exitCode, errors } = await run(args);
    expect(exitCode).toBe(3);
    expect(errors).toContain(words);
  });

  test("a broker is missed by each command that needs one, and nothing is left behind", slow, async () => {
    const replay = ["replay", "--for", "notifications", "--from", "2026-01-01"];
    const commands = [
      ["list", "--live"],
      ["publish", created, '{"userId": "ada", "username": "ada", "email": "ada@example.com"}'],
      ["dead-letters", "list", "notifications"],
      ["dead-letters", "show", "notifications", "1"],
      ["dead-letters", "redrive", "notifications"],
      replay,
      [...replay, "--run"],
    ];
    // Side by side, for each waits until it gives up.
    const missed = await Promise.all(commands.map((args) => run([...args, "--transport", nowhere])));
    const errors = `concord: no broker answers at ${nowhere}; is it running, and is the address right?\n`;
    expect(missed).toEqual(commands.map(() => ({ exitCode: 3, output: "", errors })));
    expect(existsSync(join(folder, ".concord"))).toBe(false);
  });

  test("the doctor tells all that he found, what is fine too, and what to do", slow, async () => {
    const { exitCode, output } = await run(["doctor", "--transport", nowhere]);
    expect(exitCode).toBe(3);
    expect(output).toMatch(
      /✓ buf: \d[\s\S]*✓ contracts: \d+ events[\s\S]*✗ broker: no broker answers at .*is it running/,
    );
  });

  test("a stack is shown to who asks for it", slow, async () => {
    expect((await run(["--verbose", "tail", created, "--transport", nowhere])).errors).toMatch(/\n {4}at /);
  });

  test("its password is not told", slow, async () => {
    const { exitCode, errors } = await run(["tail", created, "--transport", "nats://me:secret@127.0.0.1:9"]);
    expect(exitCode).toBe(3);
    expect(errors).not.toContain("secret");
  });
});

describe("concord.yaml", () => {
  const write = (text: string) => writeFileSync(join(folder, "concord.yaml"), text);
  const remove = () => rmSync(join(folder, "concord.yaml"), { force: true });

  test.each([
    ["that does not read", "profiles: [", [], "concord.yaml does not read"],
    ["without the asked profile", "profiles: {local: {}}", ["--profile", "lokal"], 'did you mean "local"?'],
    ["with an unknown setting", "default: a\nprofiles: {a: {transpot: x}}", [], "profiles.a.transpot: no such setting"],
    ["with a password", "default: a\nprofiles: {a: {transport: 'nats://me:pw@h'}}", [], "holds a password"],
    ["with a variable that is not set", "default: a\nprofiles: {a: {transport: {env: NOPE}}}", [], "NOPE is not set"],
    ["with a file that is not there", "default: a\nprofiles: {a: {transport: {file: no}}}", [], "cannot be read"],
  ])("%s is refused", slow, async (_, text, options, words) => {
    write(text);
    const { exitCode, errors } = await run(["tail", created, ...options]);
    remove();
    expect(exitCode).toBe(2);
    expect(errors).toContain(words);
    expect(errors).not.toContain("pw");
  });

  test("takes secrets from the environment and from files, and options win", slow, async () => {
    writeFileSync(join(folder, "secret"), "nats://127.0.0.1:7\n");
    write("default: a\nprofiles:\n  a: {transport: {env: BROKER}}\n  b: {transport: {file: secret}}\n");
    const environment = { BROKER: "nats://127.0.0.1:8" };
    const addressOf = async (...options: string[]) =>
      /127\.0\.0\.1:\d/.exec((await run(["tail", created, ...options], environment)).errors)?.[0];
    const asked = [addressOf(), addressOf("--profile", "b"), addressOf("--profile", "b", "--transport", nowhere)];
    expect(await Promise.all(asked)).toEqual(["127.0.0.1:8", "127.0.0.1:7", "127.0.0.1:9"]);
    remove();
  });
});

test("a new service that cannot be made leaves nothing behind", slow, async () => {
  mkdirSync(join(folder, "taken"));
  expect((await run(["new", "taken"])).errors).toContain("there is a folder taken already");
  expect((await run(["new", "fresh", "--packages", "nowhere"])).errors).toContain("pack it");
  expect(readdirSync(folder).filter((name) => name.startsWith("fresh"))).toEqual([]);
  expect(existsSync(join(folder, "taken.new"))).toBe(false);
});
