import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { required } from "./availability.ts";
import { freePorts } from "./free-ports.ts";
import { createGuardedFolder } from "./guarded-folder.ts";
import { findNatsServer, type NatsVersion } from "./nats-binary.ts";
import { type LocalServer, startServer } from "./server-process.ts";

/** How a nats-server is set up. */
export interface NatsServerOptions {
  /** Default: `newest`. */
  readonly version?: NatsVersion;
  /** More lines of nats-server configuration, such as `max_payload: 64KB` or an `authorization {}` block. */
  readonly config?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Where JetStream keeps its streams. Default: a temporary folder. A folder that is given is never removed. */
  readonly storeDir?: string;
  /** How much JetStream may store, in bytes. Default: 4 GiB. */
  readonly maxFileBytes?: number;
  /** Makes it one server of a cluster; see `startNatsCluster`. */
  readonly cluster?: NatsClusterMember;
}

/** One server's place in a cluster. */
export interface NatsClusterMember {
  readonly serverName: string;
  /** Where this server listens for the others. */
  readonly port: number;
  /** Where all servers of the cluster listen, this one included. */
  readonly ports: readonly number[];
}

/** A nats-server with JetStream on 127.0.0.1, started for a test. */
export interface NatsServer extends LocalServer {
  /** `nats://127.0.0.1:PORT`; the same over all restarts. */
  readonly url: string;
  readonly port: number;
  /** The root of its HTTP monitoring, such as `/jsz`. */
  readonly monitorUrl: string;
  /** As the program tells it, such as `2.9.10`. */
  readonly version: string;
}

/**
 * Starts a nats-server in a temporary folder and returns when JetStream answers.
 * @throws {Error} with the reason when no such version can be had, or with its log when it does not start.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = required(await findNatsServer(options.version ?? "newest"));
  const [freePort, monitorPort] = (await freePorts(2)) as [number, number];
  const port = options.port ?? freePort;
  const folder = await createGuardedFolder("concord-nats-");
  const file = join(folder.path, "nats.conf");
  await writeFile(file, configuration({ ...options, port, monitorPort, folder: folder.path }));
  // A member is healthy only once it sees the others, which start after it.
  const answers = () => (options.cluster ? reachable(monitorPort) : healthy(monitorPort));
  const server = await startServer(
    { program: binary.path, args: ["-c", file], folder, answers },
    { restartSignal: "SIGTERM", stopSignal: "SIGTERM" },
  );
  return Object.assign(server, {
    url: `nats://127.0.0.1:${port}`,
    port,
    monitorUrl: `http://127.0.0.1:${monitorPort}`,
    version: binary.version,
  });
}

async function healthy(monitorPort: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${monitorPort}/healthz`)).ok;
}

async function reachable(monitorPort: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${monitorPort}/varz`)).ok;
}

interface Settings extends NatsServerOptions {
  readonly port: number;
  readonly monitorPort: number;
  readonly folder: string;
}

function configuration(settings: Settings): string {
  const storeDir = settings.storeDir ?? join(settings.folder, "streams");
  return `
listen: "127.0.0.1:${settings.port}"
http: "127.0.0.1:${settings.monitorPort}"
jetstream { store_dir: ${JSON.stringify(storeDir)}, max_mem: 256MB, max_file: ${settings.maxFileBytes ?? 4 * 1024 ** 3} }
${settings.cluster ? clusterConfiguration(settings.cluster) : ""}
${settings.config ?? ""}
`;
}

function clusterConfiguration({ serverName, port, ports }: NatsClusterMember): string {
  const routes = ports.map((each) => `nats://127.0.0.1:${each}`);
  return `server_name: ${serverName}
cluster { name: concord, listen: "127.0.0.1:${port}", routes: ${JSON.stringify(routes)} }`;
}
