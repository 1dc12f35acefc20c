import { chown, cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { runProgram } from "../run-program.ts";
import { required } from "./availability.ts";
import { freePorts } from "./free-ports.ts";
import { findPostgres } from "./postgres-binary.ts";
import { type ServerProcess, startServerProcess } from "./server-process.ts";

/** How a PostgreSQL server is set up. */
export interface PostgresOptions {
  /** Server settings, such as `{ max_connections: "20" }`. Default: PostgreSQL's own, so its fsync is on. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL on 127.0.0.1, started for a test. Every local user may connect; it holds nothing but the test's data. */
export interface PostgresServer extends AsyncDisposable {
  /** Of the maintenance database `postgres`; the same over all restarts. */
  readonly url: string;
  readonly port: number;
  /** As the program tells it, such as `15.19`. */
  readonly version: string;
  /** Of the running postmaster, another after each restart. */
  readonly pid: number;
  /** Creates an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Sends a signal to the postmaster and keeps the data. The fatal ones are waited for. Default: SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again with the same port and data, ending it in order first when it still runs. */
  restart(): Promise<void>;
  /** Ends it, its connections too, and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL with a fresh data folder and returns when it answers.
 * @throws {Error} with the reason when none can be had, or with its log when it does not start.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const programs = required(await findPostgres());
  const user = await unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), "concord-postgres-"));
  const [port] = (await freePorts(1)) as [number];
  const url = `postgres://concord@127.0.0.1:${port}/postgres`;
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  let programFolder = programs.folder;
  const start = () =>
    startServerProcess({
      program: join(programFolder, "postgres"),
      args: ["-D", join(folder, "data"), ...settingArgs(port, options.settings)],
      folder,
      // The postmaster takes its children along only when it can still react.
      endSignal: "SIGQUIT",
      answers: () => query(url, "SELECT 1").then(() => true),
      user,
    });
  let running: ServerProcess;
  try {
    if (user) await chown(folder, user.uid, user.gid);
    if (user) programFolder = await programsFor(user, programs.folder, folder);
    await initialise(programFolder, folder, user);
    running = await start();
  } catch (error) {
    await remove();
    throw error;
  }
  const stop = async () => {
    await running.kill("SIGQUIT");
    await remove();
  };
  return {
    url,
    port,
    version: programs.version,
    get pid() {
      return running.pid;
    },
    async createDatabase(name) {
      await query(url, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return url.replace(/postgres$/, encodeURIComponent(name));
    },
    kill: (signal) => running.kill(signal),
    async restart() {
      await running.kill("SIGINT");
      running = await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, so root lends it another user of the machine. */
async function unprivilegedUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const chosen = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (!chosen)
    throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as");
  return { uid: Number(chosen[2]), gid: Number(chosen[3]) };
}

/** The programs, copied beside the data when they lie in a folder that is closed to the user, such as root's home. */
async function programsFor(user: User, programs: string, folder: string): Promise<string> {
  try {
    await runProgram(join(programs, "postgres"), ["--version"], { cwd: folder, ...user });
    return programs;
  } catch {
    await cp(join(programs, ".."), join(folder, "programs"), { recursive: true, verbatimSymlinks: true });
    return join(folder, "programs", "bin");
  }
}

async function initialise(programs: string, folder: string, user: User | undefined): Promise<void> {
  const args = ["-D", join(folder, "data"), "--username=concord", "--auth=trust", "--encoding=UTF8", "--locale=C"];
  await runProgram(join(programs, "initdb"), [...args, "--no-sync"], { cwd: folder, ...user });
}

function settingArgs(port: number, settings: Readonly<Record<string, string>> = {}): string[] {
  const all = { port: String(port), listen_addresses: "127.0.0.1", unix_socket_directories: "", ...settings };
  return Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}
