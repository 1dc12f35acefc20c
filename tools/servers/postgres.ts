import { chown, cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { runProgram } from "../run-program.ts";
import { required } from "./availability.ts";
import { freePorts } from "./free-ports.ts";
import { createGuardedFolder, type GuardedFolder } from "./guarded-folder.ts";
import { findPostgres } from "./postgres-binary.ts";
import { type LocalServer, startServer } from "./server-process.ts";

/** How a PostgreSQL server is set up. */
export interface PostgresOptions {
  /** Server settings, such as `{ max_connections: "20" }`. Default: PostgreSQL's own, so its fsync is on. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL on 127.0.0.1, started for a test. Every local user may connect; it holds nothing but the test's data. */
export interface PostgresServer extends LocalServer {
  /** Of the maintenance database `postgres`; the same over all restarts. */
  readonly url: string;
  readonly port: number;
  /** As the program tells it, such as `15.19`. */
  readonly version: string;
  /** Creates an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
}

/**
 * Starts a PostgreSQL with a fresh data folder and returns when it answers.
 * @throws {Error} with the reason when none can be had, or with its log when it does not start.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const found = required(await findPostgres());
  const user = await unprivilegedUser();
  const [port] = (await freePorts(1)) as [number];
  const url = `postgres://concord@127.0.0.1:${port}/postgres`;
  // The postmaster takes its children along only when it can still react.
  const folder = await createGuardedFolder("concord-postgres-", "SIGQUIT");
  const programs = await initialise(found.folder, folder, user);
  const args = ["-D", join(folder.path, "data"), ...settingArgs(port, options.settings)];
  const answers = () => query(url, "SELECT 1").then(() => true);
  const server = await startServer(
    { program: join(programs, "postgres"), args, folder, answers, user },
    { restartSignal: "SIGINT", stopSignal: "SIGQUIT" },
  );
  return Object.assign(server, {
    url,
    port,
    version: found.version,
    async createDatabase(name: string) {
      await query(url, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return url.replace(/postgres$/, encodeURIComponent(name));
    },
  });
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

/** Creates the data folder and returns the folder of the programs that did it. */
async function initialise(found: string, folder: GuardedFolder, user: User | undefined): Promise<string> {
  const { path } = folder;
  try {
    if (user) await chown(path, user.uid, user.gid);
    const programs = user ? await programsFor(user, found, path) : found;
    const args = ["-D", join(path, "data"), "--username=concord", "--auth=trust", "--encoding=UTF8", "--locale=C"];
    await runProgram(join(programs, "initdb"), [...args, "--no-sync"], { cwd: path, ...user });
    return programs;
  } catch (error) {
    await folder.remove();
    throw error;
  }
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
