import { isConcordError } from "@concord/sdk";
import { createRpcClient, createRpcServer, type RpcClientOptions, type RpcServer, rpcRoute } from "@concord/sdk/rpc";
import { compileLab, type LabService } from "./rpc-lab.ts";

/** What happened to calls while servers came and went. */
export interface DrainReport {
  readonly drains: number;
  readonly calls: number;
  /** Codes and messages of the calls that failed, although their client retried. */
  readonly failures: readonly string[];
}

const lab = compileLab();

const clients: readonly Partial<RpcClientOptions<LabService>>[] = [
  { httpVersion: "1.1" },
  { httpVersion: "2" },
  { protocol: "grpc" },
];

/**
 * Drains a server under load so many times, each time with the next one taking its port: unary calls of several clients in
 * three protocols, all of a method that may be repeated.
 */
export async function playDrains(drains: number): Promise<DrainReport> {
  let server = await startOn(0);
  const { port, url } = server;
  const loading = new AbortController();
  const counts = { calls: 0, failures: [] as string[] };
  const load = clients.flatMap((options) => {
    const client = createRpcClient(lab.service, { url, ...options });
    return Array.from({ length: 4 }, () => callOn(client, loading.signal, counts));
  });
  for (let n = 0; n < drains; n++) {
    const until = counts.calls + 24;
    while (counts.calls < until) await new Promise((resolve) => setTimeout(resolve, 1));
    const closed = server.close(5_000);
    server = await startOn(port);
    await closed;
  }
  loading.abort();
  await Promise.all(load);
  await server.close();
  return { drains, ...counts };
}

async function callOn(
  client: ReturnType<typeof createRpcClient<LabService>>,
  signal: AbortSignal,
  counts: { calls: number; readonly failures: string[] },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await client.look({ text: "still here" });
    } catch (error) {
      counts.failures.push(describe(error));
    }
    counts.calls++;
  }
}

/** Whoever held the port lets go of it a moment after it was told to close. */
async function startOn(port: number): Promise<RpcServer> {
  for (;;) {
    try {
      return await createRpcServer({ name: "lab", port, routes: [rpcRoute(lab.service, { look: answerSoon })] });
    } catch (error) {
      if (!isConcordError(error, "config")) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

async function answerSoon({ text }: { readonly text: string }) {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return { text };
}

function describe(error: unknown): string {
  return `${isConcordError(error) ? error.code : "?"}: ${(error as Error).message}`;
}
