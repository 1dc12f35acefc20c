import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildOnce } from "../../../tools/build-once.ts";
import { type ProgramError, runProgram } from "../../../tools/run-program.ts";
import { freePorts } from "../../../tools/servers/free-ports.ts";
import { root } from "./workspace.ts";

const install = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
const slow = { timeout: 240_000 };

describe("the packed command in an empty project", () => {
  let folder: string;
  let concord: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "concord-cli-package-"));
    await buildOnce();
    const pack = [
      "pack",
      "./gen/ts",
      "./sdk/ts",
      "./sdk/cli",
      "--ignore-scripts",
      "--silent",
      "--pack-destination",
      folder,
    ];
    const archives = (await runProgram("npm", pack, { cwd: root })).trim().split("\n");
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await runProgram("npm", [...install, ...archives.map((name) => `./${name}`)], { cwd: folder });
    concord = join(folder, "node_modules", ".bin", "concord");
  }, 240_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("says what it can do, without a word about this repository", slow, async () => {
    const help = await runProgram(concord, ["--help"], { cwd: folder });
    expect(help).toContain("breaking");
    expect(help).not.toContain(root);
    expect(await runProgram(concord, ["explain", "EVENT_KEY_SAME"], { cwd: folder })).toMatch(/^# EVENT_KEY_SAME\n/);
  });

  it("is a plugin of buf, which finds what plain buf does not", slow, async () => {
    await runProgram(concord, ["new", "faulty", "--packages", "."], { cwd: folder });
    const project = join(folder, "faulty");
    await symlink(join(folder, "node_modules"), join(project, "node_modules"));
    const contract = join(project, "proto", "faulty", "v1", "faulty.proto");
    await writeFile(contract, (await readFile(contract, "utf8")).replace('key: "note_id"', 'key: "note"'));
    await expect(bufFindings(project)).resolves.toContain('the key of faulty.v1.NoteAdded names "note"');
  });

  it("makes a service that passes its own lint and test, runs and answers", slow, async () => {
    const output = await runProgram(concord, ["new", "note-keeper", "--packages", "."], { cwd: folder });
    expect(output).toContain("note-keeper/proto/note_keeper/v1/note_keeper.proto");
    const project = join(folder, "note-keeper");
    await runProgram("npm", install, { cwd: project });
    await runProgram("npm", ["run", "generate"], { cwd: project });
    expect(await runProgram("npm", ["run", "lint", "--silent"], { cwd: project })).toBe("nothing found\n");
    await expect(bufFindings(project)).resolves.toBe("");
    expect(await runProgram("npm", ["test", "--silent"], { cwd: project })).toMatch(/pass 1\b[\s\S]*fail 0/);
    const [port] = await freePorts(1);
    const service = spawn(process.execPath, ["service.ts"], {
      cwd: project,
      env: { PATH: process.env.PATH, CONCORD_PORT: String(port), CONCORD_LOG_LEVEL: "warn" },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const ended = once(service, "exit");
    try {
      const call = (method: string, body: object) => callMethod(`http://127.0.0.1:${port}`, method, body);
      await vi.waitFor(() => call("AddNote", { noteId: "n-1", text: "buy milk" }), { timeout: 30_000, interval: 100 });
      const reviewed = async () =>
        expect(await call("GetNote", { noteId: "n-1" })).toEqual({ text: "buy milk", reviewed: true });
      await vi.waitFor(reviewed, { timeout: 30_000, interval: 100 });
      service.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    } finally {
      service.kill("SIGKILL");
    }
  });
});

/** What `buf lint` finds with the project's own programs on its path, as `npm run` sets it. */
async function bufFindings(project: string): Promise<string> {
  const path = `${join(project, "node_modules", ".bin")}:${process.env.PATH}`;
  const buf = join(root, "node_modules", ".bin", "buf");
  return runProgram(buf, ["lint"], { cwd: project, env: { ...process.env, PATH: path } }).catch(
    (error: ProgramError) => error.output,
  );
}

async function callMethod(url: string, method: string, body: object): Promise<unknown> {
  const response = await fetch(`${url}/note_keeper.v1.NoteKeeperService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
