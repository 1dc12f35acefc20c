import type { Rule } from "@concord/gen/concord/conformance/v1/delivery_pb.js";
import {
  type Attempt,
  type AttemptScope,
  type Consumer,
  createAcknowledgingConsumer,
  createInbox,
  createLogConsumer,
  createPublisher,
  createRouter,
  createValidation,
  decodeMessage,
  type Handle,
  type Inbox,
  type IncomingEvent,
  type Middleware,
  type Sql,
  type Transport,
  trace,
  validate,
} from "@concord/sdk";
import { messageOf } from "../fixtures.ts";
import { numberOf, toPublish } from "./event-request.ts";
import type { Runs } from "./runs.ts";
import { runScript } from "./script.ts";
import type { SessionParts } from "./session-parts.ts";
import type { Storage } from "./storage.ts";

/** What is consumed, and what handlers do. */
export interface Consumption {
  readonly types: readonly string[];
  readonly script: readonly Rule[];
}

/** Makes the consumer of a case: on inbox and cursor with a database, else on acknowledgements. */
export function createCaseConsumer(parts: SessionParts, transport: Transport, consumption: Consumption): Consumer {
  const { settings, clock, random, log, points, faults, runs } = parts;
  const router = createRouter();
  for (const type of consumption.types) router.on(messageOf(type), () => {});
  const common = {
    service: settings.service,
    namespace: settings.namespace,
    router,
    middlewares: middlewaresOf(parts, consumption.script),
    concurrency: settings.concurrency,
    clock,
    random,
    log,
  };
  if (!parts.storage) {
    const scopeOf = (event: IncomingEvent) => directScope(parts, transport, event);
    const { order, ackWaitMs, maxDeliveries } = settings;
    const retry = { ...settings.retry, ...timeoutOf(settings.handlerTimeoutMs) };
    const options = { ...common, transport, scopeOf, order, ackWaitMs, retry, maxDeliveries };
    return createAcknowledgingConsumer(faults.acknowledging?.(options) ?? options);
  }
  const { stores } = parts.storage;
  const inbox = watched(createCaseInbox(parts, parts.storage, router.find), runs);
  const { handlerTimeoutMs, maxDeliveries, parkedLimit: maxParked } = settings;
  const options = {
    ...common,
    transport,
    inbox,
    stores,
    share: parts.share,
    handlerTimeoutMs,
    maxDeliveries,
    maxParked,
    probe: points,
  };
  return createLogConsumer(faults.log?.(options) ?? options);
}

function timeoutOf(handlerTimeoutMs: number | undefined) {
  return handlerTimeoutMs === undefined ? {} : { handlerTimeoutMs };
}

/** Makes the inbox of a session. */
export function createCaseInbox(
  parts: SessionParts,
  { database, stores }: Storage,
  find: Parameters<typeof decodeMessage>[1],
): Inbox {
  const { settings, random, log, points, outbox } = parts;
  return createInbox({
    service: settings.service,
    namespace: settings.namespace,
    database,
    stores,
    outbox: outbox!,
    decode: (message) => decodeMessage(message, find),
    parkAboveMs: settings.parkAfterMs,
    handlerTimeoutMs: settings.handlerTimeoutMs,
    retry: settings.retry,
    random,
    log,
    probe: points,
  });
}

/** The script is the innermost middleware: it needs to see more of an attempt than a handler does. */
export function middlewaresOf(parts: SessionParts, script: readonly Rule[]): Middleware[] {
  const { settings, faults, runs } = parts;
  const act: Middleware = () => (attempt) => runs.around(attempt, () => handle(parts, script, attempt));
  const own = [trace({ service: settings.service }), validate(createValidation()), act];
  return faults.middlewares?.(own) ?? own;
}

async function handle(parts: SessionParts, script: readonly Rule[], attempt: Attempt): Promise<void> {
  const { settings, storage } = parts;
  if (storage) await insertEffect(storage, attempt, settings.service);
  await runScript(script, attempt, async (events, { scope }) => {
    for (const event of events) {
      const { schema, data, options } = toPublish(event);
      const isCommand = schema.typeName.endsWith("Command");
      await (isCommand ? scope.send : scope.publish)(schema, data, options);
    }
  });
}

async function insertEffect({ database }: Storage, { event, scope }: Attempt, service: string): Promise<void> {
  const { source, id, key } = event.envelope;
  const text = "INSERT INTO cf_effects (service, source, id, key, n) VALUES ($1, $2, $3, $4, $5)";
  await database.query(scope.tx as Sql, text, [service, source, id, key ?? null, numberOf(event.data)]);
}

function directScope(parts: SessionParts, transport: Transport, { envelope }: IncomingEvent): AttemptScope {
  const { clock, random, points } = parts;
  const publisher = createPublisher({ transport, preparer: parts.preparerOf(), clock, random, probe: points });
  const { publish, send, publishAll } = publisher.causedBy(envelope);
  return { tx: undefined, db: undefined, publish, send, publishAll };
}

/** Tells of the end of each run when its transaction has ended. */
function watched(inbox: Inbox, runs: Runs): Inbox {
  return {
    ...inbox,
    async process(event, run: Handle, state) {
      let isCommitted = false;
      try {
        const outcome = await inbox.process(event, run, state);
        isCommitted = outcome.kind === "done";
        return outcome;
      } finally {
        runs.settled(event, isCommitted);
      }
    },
    async runParked(refs, run, state) {
      let ran: IncomingEvent | undefined;
      let isCommitted = false;
      const noting: Handle = (attempt) => {
        ran = attempt.event;
        return run(attempt);
      };
      try {
        const found = await inbox.runParked(refs, noting, state);
        isCommitted = found?.outcome.kind === "done";
        return found;
      } finally {
        if (ran) runs.settled(ran, isCommitted);
      }
    },
  };
}
