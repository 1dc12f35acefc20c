import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compileLab } from "../../../../tools/rpc-lab.ts";
import { createRpcClient } from "./client.ts";
import { createRpcRouter, rpcRoute } from "./router.ts";
import { tokenFromFile } from "./token-file.ts";

const lab = compileLab();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "concord-token-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Calls a method that tells which token it was shown. */
async function shown(file: string | undefined): Promise<string> {
  const tell = (_: unknown, { requestHeader }: { requestHeader: Headers }) => ({
    text: requestHeader.get("authorization") ?? "none",
  });
  const local = createRpcRouter({ routes: [rpcRoute(lab.service, { say: tell })] });
  const client = createRpcClient(lab.service, { local, token: tokenFromFile(file) });
  return (await client.say({})).text;
}

it("shows what the file holds when the call is made, so that a token can be renewed", async () => {
  const file = join(folder, "service.token");
  await writeFile(file, "one\n");
  expect(await shown(file)).toBe("Bearer one");
  await writeFile(file, "two");
  expect(await shown(file)).toBe("Bearer two");
});

it("shows no token where there is no file to read one from", async () => {
  expect(await shown(undefined)).toBe("none");
});

it("fails the call while there is no token, without telling where it should be", async () => {
  const empty = join(folder, "empty.token");
  await writeFile(empty, "\n");
  for (const file of [empty, join(folder, "missing.token")]) {
    const failure = await shown(file).catch((error) => error);
    expect(failure).toMatchObject({ code: "unavailable", cause: { message: expect.stringContaining(file) } });
    expect(failure.message).not.toContain(folder);
  }
});
