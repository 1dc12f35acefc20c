import type { ConfigureRequest } from "@concord/gen/concord/conformance/v1/settings_pb.js";
import { type Consumer, createIdGenerator, createLeasedShare, createOutbox, type Transport } from "@concord/sdk";
import type { SendReport } from "../protocol/send-report.ts";
import { createRpcPeer, type RpcPeer } from "../rpc/rpc-peer.ts";
import { openBroker } from "./broker.ts";
import { createCaseClock } from "./case-clock.ts";
import { createCaseLog } from "./case-log.ts";
import { createCaseRandom } from "./case-random.ts";
import { type Consumption, createCaseConsumer } from "./consumer.ts";
import type { SessionFaults } from "./faults.ts";
import { createPoints } from "./points.ts";
import { createPreparers } from "./preparer.ts";
import { pruneInbox } from "./prune-inbox.ts";
import { createRelaying, type Relaying } from "./relaying.ts";
import { createRuns } from "./runs.ts";
import type { SessionParts } from "./session-parts.ts";
import { toSettings } from "./settings.ts";
import { openStorage } from "./storage.ts";
import { createTransactions, type Transactions } from "./transactions.ts";

/** Everything between one `configure` and the next. */
export interface Session extends SessionParts {
  /** The case's broker, connected when it is first asked for. */
  transport(): Promise<Transport>;
  readonly transactions: Transactions;
  readonly relaying: Relaying;
  readonly rpc: RpcPeer;
  /** Undefined while nothing is consumed. */
  readonly consumer: Consumer | undefined;
  subscribe(consumption: Consumption): Promise<void>;
  drain(timeoutMs?: number): Promise<void>;
  /** Default: soon, as the next case comes. */
  close(timeoutMs?: number): Promise<void>;
}

const defaultMaxPayloadBytes = 1_048_576;
/** Work under way ends soon when the next case comes. */
const closeTimeoutMs = 200;

/** Opens what a case needs. */
export async function openSession(
  asked: ConfigureRequest,
  { report: sendReport, faults }: { readonly report: SendReport; readonly faults: SessionFaults },
): Promise<Session> {
  const settings = toSettings(asked);
  let isClosed = false;
  // A handler that does not look at its signal ends later, when the next case listens already.
  const report: SendReport = (value) => {
    if (!isClosed) sendReport(value);
  };
  const clock = createCaseClock(settings.startMs);
  const random = createCaseRandom(settings.seed);
  const log = createCaseLog(report);
  const points = createPoints(report, faults.without);
  const opened = await openStorage(settings.databaseUrl, clock, points);
  const storage = opened && (faults.storage?.(opened) ?? opened);
  let connecting: Promise<Transport> | undefined;
  let connected: Transport | undefined;
  let consumer: Consumer | undefined;

  const transport = () => {
    connecting ??= openBroker({ settings, clock, log, points, faults }).then((opened) => {
      connected = opened;
      return opened;
    });
    connecting.catch(() => (connecting = undefined));
    return connecting;
  };
  const preparerOf = createPreparers({
    service: settings.service,
    source: settings.source,
    namespace: settings.namespace,
    clock,
    random,
    format: settings.format,
    maxPayloadBytes: () => connected?.maxPayloadBytes ?? defaultMaxPayloadBytes,
    probe: points,
  });
  const wake = (partitions: Iterable<number>) => {
    if (!faults.isDeaf) session.relaying.wake(partitions);
  };
  const outbox = storage && createOutbox({ store: storage.stores.outbox, preparer: preparerOf(), wake, probe: points });
  const owner = createIdGenerator({ clock, random: Math.random })();
  const share =
    storage && storage.database.dialect === "postgres"
      ? createLeasedShare({ store: storage.stores.lease, owner, ttlMs: settings.leaseTtlMs, clock, log, probe: points })
      : undefined;
  const parts: SessionParts = {
    settings,
    clock,
    random,
    log,
    points,
    faults,
    runs: createRuns(report, storage !== undefined),
    preparerOf,
    storage,
    outbox,
    wake,
    share,
  };
  const rpc = createRpcPeer({ ...parts, idempotency: storage?.stores.idempotency, report });
  const drain = async (timeoutMs?: number) => {
    const ended = consumer;
    consumer = undefined;
    await ended?.drain(timeoutMs);
  };
  const session: Session = {
    ...parts,
    transport,
    transactions: createTransactions(parts),
    relaying: createRelaying(parts, transport),
    rpc,
    get consumer() {
      return consumer;
    },
    async subscribe(consumption) {
      await drain(0);
      await pruneInbox(parts);
      consumer = createCaseConsumer(parts, await transport(), consumption);
      await consumer.start();
    },
    async drain(timeoutMs) {
      await Promise.all([drain(timeoutMs), rpc.close(timeoutMs)]);
    },
    async close(timeoutMs = closeTimeoutMs) {
      points.releaseAll();
      await session.drain(timeoutMs);
      await session.relaying.stop();
      await session.transactions.close();
      await connected?.close();
      await storage?.database.close();
      isClosed = true;
    },
  };
  if (settings.brokerUrl !== "") await transport();
  return session;
}
