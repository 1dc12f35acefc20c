import type { StreamConfig } from "@nats-io/jetstream";
import { isConcordError } from "../core/error.ts";
import type { StreamInspection, StreamSpec, WaitOptions } from "../core/transport.ts";
import type { BrokerConnection } from "./connection.ts";
import { readMark, toStreamConfig } from "./stream-config.ts";
import { compareStreams } from "./stream-difference.ts";

/**
 * Compares the streams of an account with wanted ones and changes nothing.
 * @throws {ConcordError} `permission_denied`, `unavailable`
 */
export async function inspect(
  connection: BrokerConnection,
  wanted: readonly StreamSpec[],
  wait?: WaitOptions,
): Promise<StreamInspection> {
  const configs = await connection.call("listing streams", ({ streams }) => collect(streams.list()), wait);
  const existing = new Map(configs.map((config) => [config.name, config]));
  const names = new Set(wanted.map(({ name }) => name));
  return {
    missing: wanted.filter(({ name }) => !existing.has(name)).map(({ name }) => name),
    different: wanted.flatMap((spec) => {
      const found = existing.get(spec.name);
      const differences = found ? differencesOf(found, spec) : [];
      return differences.length > 0 ? [{ stream: spec.name, differences }] : [];
    }),
    unwanted: configs
      .filter(({ name, description }) => readMark(description) && !names.has(name))
      .map(({ name }) => name),
  };
}

async function collect(streams: AsyncIterable<{ readonly config: StreamConfig }>): Promise<StreamConfig[]> {
  const configs: StreamConfig[] = [];
  for await (const { config } of streams) configs.push(config);
  return configs;
}

/** Where the contract leaves the number of replicas to the broker, any is right; so are batches that only save time. */
function differencesOf(existing: StreamConfig, spec: StreamSpec): readonly string[] {
  const wanted = toStreamConfig(spec, spec.replicas ?? existing.num_replicas, false);
  try {
    const { changes, warnings } = compareStreams(existing, wanted);
    return [...changes, ...warnings];
  } catch (thrown) {
    if (isConcordError(thrown, "stream_conflict")) return [thrown.message];
    throw thrown;
  }
}
