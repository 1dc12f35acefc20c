// The one program behind every npm script. It has no dependencies, because it runs before there are any: it installs
// node_modules when the lock changed, finds a Node that runs the sources, and hands over.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const lockFile = join(root, "package-lock.json");
const recordFile = join(modules, ".package-lock.json");
const stampFile = join(modules, ".concord-stamp");
const neededMajor = 24;

const commands = {
  start: ["services/shop/main.ts"],
  test: ["tools/test.ts"],
  "test:full": ["tools/test.ts", "--full"],
  check: ["tools/check.ts"],
  gen: ["tools/gen.ts"],
  build: ["tools/build.ts"],
  bench: ["bench/run.ts"],
  crash: ["tools/crash/main.ts"],
  conformance: ["conformance/runner/main.ts"],
};

/** Says what failed and what to do, then ends. */
function fail(message) {
  console.error(`concord: ${message}`);
  process.exit(1);
}

/**
 * Whether node_modules holds what the lock asks for on this platform. npm writes its own record of a finished install,
 * so an install by hand counts and an interrupted one does not. Where npm leaves out more than we foresee, such as for a
 * workspace that is gone, the stamp of our own install says that nothing is to be done.
 */
function installed() {
  if (!existsSync(recordFile)) return false;
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp()) return true;
  const present = JSON.parse(readFileSync(recordFile, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(lockFile, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === "" || skippedHere(entry) || (path in present && present[path].integrity === entry.integrity),
  );
}

/** Names one state of the lock and of what npm made of it. */
function stamp() {
  return createHash("sha256").update(readFileSync(lockFile)).update(readFileSync(recordFile)).digest("hex");
}

/** Whether npm leaves an optional package out: it is for another platform, or only the C library decides. */
function skippedHere({ optional, os, cpu, libc }) {
  if (!optional) return false;
  if (os === undefined || libc !== undefined) return true;
  return ![os].flat().includes(process.platform) || ![cpu ?? process.arch].flat().includes(process.arch);
}

/**
 * npm hands its own settings to the scripts it runs; passed on, `--omit`, `--global` or a workspace filter of the outer
 * call would change what is installed here. What says where packages come from is kept.
 */
function installEnvironment() {
  const kept = /^npm_config_(registry|proxy|https_proxy|noproxy|cafile|cache|userconfig)$/i;
  const entries = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name));
  return { ...Object.fromEntries(entries), NODE_ENV: "development" };
}

/** Runs npm quietly and returns `{ ok, output }`. */
function npm(args) {
  const script = process.env.npm_execpath;
  const byScript = script !== undefined && basename(script) === "npm-cli.js";
  const options = { cwd: root, env: installEnvironment(), encoding: "utf8", maxBuffer: 64 << 20 };
  const all = [...args, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const result = byScript
    ? spawnSync(process.execPath, [script, ...all], options)
    : spawnSync("npm", all, { ...options, shell: process.platform === "win32" });
  if (result.error) fail(`npm cannot be started (${result.error.message}). Install Node.js with npm and try again.`);
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}` };
}

/** Runs a function while no other starter installs into the same folder. */
function exclusively(run) {
  const lock = join(root, ".cache", "install.lock");
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") fail(`cannot write ${lock} (${error.code}). Make the folder writable.`);
      if (!waited) console.error("concord: another start installs the packages, waiting for it …");
      if (!holderLives(lock)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    return run();
  } finally {
    rmSync(lock, { force: true });
  }
}

function holderLives(lock) {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function install() {
  if (installed()) return;
  const started = Date.now();
  console.error("concord: installing packages into node_modules (once, about half a minute) …");
  let result = npm(["ci", "--include=dev", "--include=optional"]);
  if (!result.ok && /EUSAGE/.test(result.output)) {
    console.error("concord: the lock lacks binaries for this platform, resolving them without changing the lock …");
    result = npm(["install", "--no-save", "--include=dev", "--include=optional"]);
  }
  if (!result.ok) {
    console.error(result.output.trim());
    fail("installing the packages failed, see above. Check the network and the npm registry setting, then try again.");
  }
  writeFileSync(stampFile, stamp());
  console.error(`concord: packages installed in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** The Node that runs the sources: the running one when it is new enough, else the one among the packages. */
function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= neededMajor) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const packaged = join(modules, `node-${platform}-${process.arch}`, "bin", platform === "win" ? "node.exe" : "node");
  if (existsSync(packaged)) return packaged;
  return fail(
    `the sources need Node ${neededMajor} or newer, this is ${process.version}, and no package brings it for ` +
      `${process.platform} ${process.arch}. Install it from https://nodejs.org or with "nvm install ${neededMajor}".`,
  );
}

/**
 * Keeps what Node makes of sources for the next process, which then starts in half the time
 * (https://nodejs.org/api/module.html#module-compile-cache). Benches start as cold as a command that is installed.
 */
function compileCache(command) {
  return command === "bench" ? {} : { NODE_COMPILE_CACHE: join(root, ".cache", "compiled") };
}

/** Hands over to the command: same terminal, its exit code, and every signal reaches it. */
function run(node, command, args) {
  const path = [join(modules, ".bin"), process.env.PATH ?? ""].join(delimiter);
  // The first releases of Node 24 call type stripping and node:sqlite experimental on every start.
  const flags = ["--conditions=@concord/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(node, [...flags, ...commands[command], ...args], {
    cwd: root,
    env: { ...compileCache(command), ...process.env, PATH: path },
    stdio: "inherit",
  });
  child.on("error", (error) =>
    fail(`${node} cannot be started (${error.message}). Remove node_modules and try again.`),
  );
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"]) {
    // A terminal sends Ctrl-C to every process itself; a second SIGINT would read as "stop at once".
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  // npm signals only the shell between it and us; when that shell dies, nobody else tells the command to stop.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500).unref();
}

function main([command, ...args]) {
  if (Number(process.versions.node.split(".")[0]) < 20) fail(`Node 20 or newer is needed, this is ${process.version}.`);
  if (!Object.hasOwn(commands, command ?? "")) {
    fail(`unknown command "${command ?? ""}". Known: ${Object.keys(commands).join(", ")}.`);
  }
  if (!installed()) exclusively(install);
  run(findNode(), command, args);
}

main(process.argv.slice(2));
