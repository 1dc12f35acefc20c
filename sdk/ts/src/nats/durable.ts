import { AckPolicy, type ConsumerConfig, type ConsumerInfo, DeliverPolicy } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { ConcordError, isConcordError } from "../core/error.ts";
import type { ConsumeRequest } from "../core/transport.ts";
import type { BrokerConnection } from "./connection.ts";

/** The broker never gives up a message and never delays one by itself: the SDK counts and computes (T12, T13). */
const unlimited = -1;

/** Two replicas made the same durable at once; the server's codes for the one who was late. */
const existsAlready = new Set([10013, 10148]);

/**
 * Makes a durable at the start of its stream, or brings an existing one up to date.
 * @returns true when it was made.
 * @throws {ConcordError} `not_found` (no such stream), `failed_precondition` (a durable of another kind),
 * `permission_denied`, `unavailable`, `canceled`
 */
export async function ensureDurable(connection: BrokerConnection, request: ConsumeRequest): Promise<boolean> {
  const existing = await findDurable(connection, request);
  if (existing) {
    await updateDurable(connection, request, existing);
    return false;
  }
  try {
    await addDurable(connection, request);
    return true;
  } catch (thrown) {
    if (!isConcordError(thrown) || !existsAlready.has(Number(thrown.details.natsErrorCode))) throw thrown;
    return ensureDurable(connection, request);
  }
}

function describe({ durable, stream }: ConsumeRequest): string {
  return `consuming stream ${stream} as ${durable}`;
}

async function findDurable(connection: BrokerConnection, request: ConsumeRequest): Promise<ConsumerInfo | undefined> {
  const { durable, signal, stream } = request;
  try {
    return await connection.call(describe(request), ({ consumers }) => consumers.info(stream, durable), { signal });
  } catch (thrown) {
    if (isConcordError(thrown, "not_found") && thrown.details.natsErrorCode === 10014) return undefined;
    throw thrown;
  }
}

async function addDurable(connection: BrokerConnection, request: ConsumeRequest): Promise<void> {
  const { durable, signal, stream } = request;
  const config = {
    durable_name: durable,
    deliver_policy: DeliverPolicy.All,
    ack_policy: AckPolicy.Explicit,
    ...wantedSettings(request),
  };
  await connection.call(describe(request), ({ consumers }) => consumers.add(stream, config), { signal });
}

function wantedSettings({ ackWaitMs, filter, maxAckPending }: ConsumeRequest) {
  return {
    filter_subject: filter,
    max_ack_pending: maxAckPending,
    ack_wait: nanos(ackWaitMs),
    max_deliver: unlimited,
  } satisfies Partial<ConsumerConfig>;
}

/** What of an existing durable must change, if anything. */
function changedSettings(config: ConsumerConfig, request: ConsumeRequest): Partial<ConsumerConfig> | undefined {
  const wanted = wantedSettings(request);
  const keys = Object.keys(wanted) as (keyof typeof wanted)[];
  const backoff = config.backoff?.length ? { backoff: [] } : {};
  const filters = config.filter_subjects?.length ? { filter_subjects: [] } : {};
  const surplus = { ...backoff, ...filters };
  const isAsWanted = keys.every((key) => config[key] === wanted[key]) && Object.keys(surplus).length === 0;
  return isAsWanted ? undefined : { ...wanted, ...surplus };
}

/** A changed filter would silently stay as it was (T34). */
async function updateDurable(
  connection: BrokerConnection,
  request: ConsumeRequest,
  { config }: ConsumerInfo,
): Promise<void> {
  const { durable, filter, onWarning, signal, stream } = request;
  if (config.ack_policy !== AckPolicy.Explicit || config.deliver_subject) {
    throw new ConcordError(
      "failed_precondition",
      `${describe(request)} failed: that consumer was not made by Concord; delete it or rename the service`,
    );
  }
  const update = changedSettings(config, request);
  if (!update) return;
  await connection.call(describe(request), ({ consumers }) => consumers.update(stream, durable, update), { signal });
  if (config.filter_subject === filter) return;
  const before = config.filter_subjects?.join(", ") ?? config.filter_subject ?? ">";
  onWarning?.(
    `durable ${durable} of stream ${stream}: the filter was ${before} and is ${filter} now; ` +
      "what it lets through anew before the acknowledged position is not delivered",
  );
}
