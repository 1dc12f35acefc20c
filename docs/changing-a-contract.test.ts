import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { allCommands } from "../sdk/cli/src/command/all-commands.ts";
import { openWorkspace, root, type Workspace } from "../sdk/cli/test/workspace.ts";

const page = readFileSync(join(root, "docs", "changing-a-contract.md"), "utf8");
const ordersFile = "proto/shop/orders/v1/orders.proto";
const slow = { timeout: 120_000 };

/** What a reader would do to the contracts of orders, by what the page calls it. */
const note = {
  find: /(message OrderCreated \{[\s\S]*?)\n\}/,
  put: "$1\n  // What the customer wrote.\n  string note = 9;\n}",
};
const total = {
  find: /(message OrderCreated \{[\s\S]*?) {2}\/\/[^\n]*\n {2}shop\.common\.v1\.Money total = 4;\n/,
  put: "$1",
};
const userOfShipped = {
  find: /(message OrderShipped \{[\s\S]*?) {2}\/\/[^\n]*\n {2}string user_id = 2[\s\S]*?;\n/,
  put: "$1",
};
const key = { find: /(message OrderCreated \{[\s\S]*?key: )"order_id"/, put: '$1"user_id"' };

/** Lines of the shop's contracts move; that each finding has its own is tested with the fixtures. */
function withoutLines(text: string): string {
  return text.replaceAll(/(\.proto:|line=)\d+/g, "$1N");
}

describe("the page about changing a contract", () => {
  let workspace: Workspace;
  let orders: string;

  beforeAll(() => {
    workspace = openWorkspace();
    orders = readFileSync(join(workspace.folder, ordersFile), "utf8");
  }, 60_000);

  afterAll(() => workspace[Symbol.dispose]());

  it.each([
    ["a safe change", note, "concord breaking", 0],
    ["a change that breaks a consumer", userOfShipped, "concord breaking", 1],
    ["a change that nobody notices", total, "concord breaking", 1],
    ["a dangerous change", key, "concord breaking", 1],
    ["what CI says", key, "concord breaking --format github", 1],
  ])("shows what the command says of %s", slow, async (_, { find, put }, command, expected) => {
    const changed = orders.replace(find, put);
    expect(changed).not.toBe(orders);
    writeFileSync(join(workspace.folder, ordersFile), changed);
    const { exitCode, output, errors } = await workspace.run(command.split(" ").slice(1));
    writeFileSync(join(workspace.folder, ordersFile), orders);
    expect(errors).toBe("");
    expect(withoutLines(page)).toContain(withoutLines(`\`\`\`console\n$ ${command}\n${output}\`\`\``));
    expect(exitCode).toBe(expected);
  });

  it("shows what a consumer says that it reads", () => {
    const [, listed] = /```proto\n( {6}\{[\s\S]*?)```/.exec(page)!;
    const contract = readFileSync(join(root, "proto/shop/notifications/v1/notifications.proto"), "utf8");
    expect(contract).toContain(listed);
  });

  it("has a workflow that reads, of commands that there are", () => {
    const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(page)!;
    const { jobs } = parse(yaml!) as { jobs: { contracts: { steps: { run?: string; with?: object }[] } } };
    const commands = jobs.contracts.steps.flatMap(({ run }) => /^npx concord (\S+)/.exec(run ?? "")?.[1] ?? []);
    expect(commands).toEqual(["lint", "breaking"]);
    for (const name of commands) expect(allCommands.map((spec) => spec.name)).toContain(name);
    expect(jobs.contracts.steps[0]!.with).toEqual({ "fetch-depth": 0 });
  });
});

describe("the page about the command", () => {
  const cli = readFileSync(join(root, "docs", "cli.md"), "utf8");

  it("has a row with the example of each command, and of no other", () => {
    const rows = [...cli.matchAll(/^\| `(concord [^`]+)` \|/gm)].map(([, line]) => line);
    expect(rows).toEqual(allCommands.map(({ example }) => example));
  });
});
