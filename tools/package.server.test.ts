import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildOnce } from "./build-once.ts";
import { type ProgramError, runProgram } from "./run-program.ts";
import { freePorts } from "./servers/free-ports.ts";

const root = join(import.meta.dirname, "..");

/** The compiler settings of a user's project, who knows nothing of ours. */
const compilerOptions = {
  module: "nodenext",
  target: "es2024",
  lib: ["es2024", "esnext.disposable", "esnext.iterator"],
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  types: ["node"],
  typeRoots: [join(root, "node_modules", "@types")],
};

describe("the packed SDK in an empty project", () => {
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "concord-package-"));
    await buildOnce();
    const pack = ["pack", "./gen/ts", "./sdk/ts", "--ignore-scripts", "--silent", "--pack-destination", project];
    const archives = (await runProgram("npm", pack, { cwd: root })).trim().split("\n");
    await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const install = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    await runProgram("npm", [...install, ...archives.map((name) => `./${name}`)], { cwd: project });
    await copyInventory(project);
  });

  afterAll(() => rm(project, { recursive: true, force: true }));

  it("carries its migrations, its license and the protocol's contracts, and no test", async () => {
    const sdk = join(project, "node_modules", "@concord", "sdk");
    const gen = join(project, "node_modules", "@concord", "gen");
    expect(await readdir(sdk)).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist", "migrations"]));
    expect(await readdir(join(gen, "proto", "concord", "event", "v1"))).toContain("envelope.proto");
    expect(await readdir(gen)).not.toContain("shop");
    const files = await readdir(sdk, { recursive: true });
    expect(files.filter((name) => !name.includes("node_modules") && /\.test\.|compliance/.test(name))).toEqual([]);
  });

  it("has types for a service", async () => {
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const faults = await runProgram("tsc", ["-p", project], { cwd: project }).then(
      () => "",
      (error: ProgramError) => error.output,
    );
    // Declarations of other packages are not ours to mend; a user skips them with skipLibCheck.
    const own = faults.split("\n").filter((line) => /^(?!node_modules\/(?!@concord\/))\S+\(\d/.test(line));
    expect(own).toEqual([]);
  });

  it("runs a service of 30 lines", async () => {
    const [port] = await freePorts(1);
    const service = spawn(process.execPath, ["service.ts"], {
      cwd: project,
      env: { PATH: process.env.PATH, CONCORD_PORT: String(port), CONCORD_LOG_LEVEL: "warn" },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const ended = once(service, "exit");
    try {
      expect(await stockOf(service, `http://127.0.0.1:${port}`, "keyboard")).toMatchObject({ productId: "keyboard" });
      service.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    } finally {
      service.kill("SIGKILL");
    }
  });
});

/** A user's project: a service of its own with the code that it generated from its own contracts. */
async function copyInventory(project: string): Promise<void> {
  for (const name of ["migrations", "service.ts", "stock.ts", "nats-pubsub.ts", "start-data.ts"]) {
    await cp(join(root, "services", "inventory", name), join(project, name), { recursive: true });
  }
  await cp(join(root, "gen", "ts"), join(project, "gen"), { recursive: true });
  await rm(join(project, "gen", "package.json"));
  for (const name of (await readdir(project)).filter((each) => each.endsWith(".ts"))) {
    const text = await readFile(join(project, name), "utf8");
    await writeFile(join(project, name), text.replaceAll("@concord/gen/shop/", "./gen/shop/"));
  }
}

async function stockOf(service: ChildProcess, url: string, productId: string): Promise<unknown> {
  const ask = async () => {
    if (service.exitCode !== null) return "the service ended";
    const response = await fetch(`${url}/shop.inventory.v1.InventoryService/GetStock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ productId }),
    });
    return response.json();
  };
  return vi.waitFor(ask, { timeout: 20_000, interval: 50 });
}
