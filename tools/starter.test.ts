import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const lock = {
  packages: {
    "": {},
    "node_modules/a": { integrity: "sha512-a" },
    "node_modules/b": foreign(),
    "node_modules/@concord/gone": { link: true, resolved: "services/gone" },
  },
};

/** A package for a platform that no machine here has. */
function foreign() {
  return { integrity: "sha512-b", optional: true, os: ["none"], cpu: ["none"] };
}

/** Stands in for npm: writes down how it was called and what an install leaves behind. */
const fakeNpm = `
  const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require("node:fs");
  appendFileSync("calls.txt", process.argv.slice(2).join(" ") + "\\n");
  writeFileSync("environment.json", JSON.stringify(process.env));
  if (process.argv[2] === "ci" && existsSync("eusage")) { console.error("npm error code EUSAGE"); process.exit(1); }
  if (existsSync("offline")) { console.error("npm error network"); process.exit(1); }
  mkdirSync("node_modules", { recursive: true });
  const packages = { "node_modules/a": ${JSON.stringify(lock.packages["node_modules/a"])} };
  writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }));`;

/** Stands in for a command. */
const command = `
  import { writeFileSync } from "node:fs";
  if (process.argv[2] === "wait") {
    process.on("SIGTERM", () => { writeFileSync("ended", "SIGTERM"); process.exit(5); });
    setInterval(() => {}, 1000);
  }
  console.log(JSON.stringify({ args: process.argv.slice(2), path: process.env.PATH, execArgv: process.execArgv }));
  if (process.argv[2] === "exit") process.exit(7);`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "concord-starter-"));
  mkdirSync(join(folder, "tools"));
  copyFileSync(join(import.meta.dirname, "starter.mjs"), join(folder, "tools", "starter.mjs"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
  mkdirSync(join(folder, "npm"));
  writeFileSync(join(folder, "npm", "package.json"), JSON.stringify({ type: "commonjs" }));
  writeFileSync(join(folder, "npm", "npm-cli.js"), fakeNpm);
  writeFileSync(join(folder, "tools", "gen.ts"), command);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, npm_execpath: join(folder, "npm", "npm-cli.js") };
}

function start(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, ["tools/starter.mjs", ...args], {
    cwd: folder,
    env: { ...environment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function run(args: string[], env?: NodeJS.ProcessEnv) {
  const child = start(args, env);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => (stdout += chunk));
  child.stderr?.on("data", (chunk) => (stderr += chunk));
  const [status] = await once(child, "close");
  return { status, stdout, stderr };
}

const calls = () => readFileSync(join(folder, "calls.txt"), "utf8").trim().split("\n");

describe("the starter", { timeout: 20_000 }, () => {
  it("installs what the lock asks for once, then hands over at once", async () => {
    expect((await run(["gen"])).stderr).toContain("installing packages");
    expect(await run(["gen"])).toMatchObject({ status: 0, stderr: "" });
    expect(calls()).toEqual([
      "ci --include=dev --include=optional --ignore-scripts --no-audit --no-fund --loglevel=error",
    ]);
  });

  it("takes an install by hand for one of its own, as long as it has all that the lock asks for", async () => {
    const record = {
      packages: { "node_modules/a": lock.packages["node_modules/a"], "node_modules/@concord/gone": {} },
    };
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify(record));
    expect((await run(["gen"])).stderr).toBe("");
    writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify({ packages: {} }));
    expect((await run(["gen"])).stderr).toContain("installing packages");
  });

  it("installs again when the lock has changed", async () => {
    await run(["gen"]);
    const changed = { packages: { ...lock.packages, "node_modules/a": { integrity: "sha512-c" } } };
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify(changed));
    await run(["gen"]);
    expect(calls()).toHaveLength(2);
  });

  it("keeps the outer npm's settings from the install, but not where packages come from", async () => {
    const settings = {
      npm_config_omit: "dev",
      npm_config_global: "true",
      npm_config_registry: "http://mirror.example/",
    };
    await run(["gen"], { ...settings, NODE_ENV: "production" });
    const environment = JSON.parse(readFileSync(join(folder, "environment.json"), "utf8"));
    expect(environment).toMatchObject({ npm_config_registry: "http://mirror.example/", NODE_ENV: "development" });
    expect(environment).not.toHaveProperty("npm_config_omit");
    expect(environment).not.toHaveProperty("npm_config_global");
  });

  it("installs without the lock's consent when it lacks this platform's binaries", async () => {
    writeFileSync(join(folder, "eusage"), "");
    expect((await run(["gen"])).status).toBe(0);
    expect(calls()[1]).toContain("install --no-save");
  });

  it("shows npm's output and what to do when the install fails", async () => {
    writeFileSync(join(folder, "offline"), "");
    const { status, stderr } = await run(["gen"]);
    expect(status).toBe(1);
    expect(stderr).toContain("npm error network");
    expect(stderr).toContain("Check the network");
  });

  it("gives the command its arguments, the packages' programs and the sources, and returns its exit code", async () => {
    const { status, stdout } = await run(["gen", "exit", "--flag"]);
    const told = JSON.parse(stdout);
    expect(status).toBe(7);
    expect(told.args).toEqual(["exit", "--flag"]);
    expect(told.path.startsWith(join(folder, "node_modules", ".bin"))).toBe(true);
    expect(told.execArgv).toContain("--conditions=@concord/source");
  });

  it("forwards SIGTERM and waits for the command to end", async () => {
    const child = start(["gen", "wait"]);
    await once(child.stdout!, "data");
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([5, null]);
    expect(existsSync(join(folder, "ended"))).toBe(true);
  });

  it("ends the command when the shell that npm started it in is killed", async () => {
    const line = `"${process.execPath}" tools/starter.mjs gen wait; true`;
    const shell = spawn("sh", ["-c", line], { cwd: folder, env: environment(), stdio: ["ignore", "pipe", "ignore"] });
    await once(shell.stdout, "data");
    shell.kill("SIGKILL");
    await vi.waitFor(() => expect(existsSync(join(folder, "ended"))).toBe(true), { timeout: 5_000 });
  });

  it("names the commands it knows", async () => {
    const { status, stderr } = await run(["strat"]);
    expect(status).toBe(1);
    expect(stderr).toContain('unknown command "strat". Known: start, test');
  });
});
