import { createAcknowledgingConsumer } from "../consume/acknowledging-consumer.ts";
import type { BatchLimits } from "../consume/batch-queues.ts";
import type { Consumer } from "../consume/consumer.ts";
import { createLogConsumer } from "../consume/log-consumer.ts";
import { log as logAttempts } from "../consume/middleware/log.ts";
import { trace as traceAttempts } from "../consume/middleware/trace.ts";
import { validate as validateEvents } from "../consume/middleware/validate.ts";
import { createRouter, type Router } from "../consume/router.ts";
import { decodeMessage } from "../core/decode-message.ts";
import type { AttemptScope, IncomingEvent, Middleware } from "../core/handler.ts";
import type { Transport } from "../core/transport.ts";
import { createInbox } from "../inbox/inbox.ts";
import { createPublisher } from "../publish/create-publisher.ts";
import type { ServiceConfig } from "./config.ts";
import type { ServiceParts } from "./parts.ts";
import type { Storage } from "./storage.ts";

const defaultHandlerTimeoutMs = 30_000;

/** Puts a service's consumer together: on its inbox and cursor, or on acknowledgements where it has no database. */
export function buildConsumer(parts: ServiceParts, transport: Transport): Consumer {
  return parts.storage ? onDatabase(parts, parts.storage, transport) : onAcknowledgements(parts, transport);
}

function onDatabase(parts: ServiceParts, storage: Storage, transport: Transport): Consumer {
  const { name, config, contracts, definition, random, log, probe } = parts;
  const { database, stores, outbox, share } = storage;
  const common = { ...commonOptions(parts), probe };
  const inbox = createInbox({
    service: name,
    namespace: config.namespace,
    database,
    stores,
    outbox,
    random,
    log,
    probe,
    handlerTimeoutMs: Math.max(
      defaultHandlerTimeoutMs,
      ...contracts.handled.map(({ retry }) => retry.handlerTimeoutMs),
    ),
    parkAboveMs: config.parkAfterMs,
    decode: (message) => decodeMessage(message, common.router.find),
  });
  const batch = batchLimits(config, definition.options.batch);
  return createLogConsumer({ ...common, transport, inbox, stores, share, batch });
}

/** What is configured wins over what the service says of itself. */
function batchLimits(config: ServiceConfig, own: BatchLimits | undefined): BatchLimits | undefined {
  const { batchEvents: maxEvents = own?.maxEvents ?? 1, batchWaitMs: maxWaitMs = own?.maxWaitMs } = config;
  return maxEvents > 1 ? { maxEvents, maxWaitMs } : undefined;
}

function onAcknowledgements(parts: ServiceParts, transport: Transport): Consumer {
  const { preparer, clock, random, definition } = parts;
  const publisher = createPublisher({ transport, preparer, clock, random });
  const scopeOf = ({ envelope }: IncomingEvent): AttemptScope => {
    const { publish, send, publishAll } = publisher.causedBy(envelope);
    return { tx: undefined, db: undefined, publish, send, publishAll };
  };
  return createAcknowledgingConsumer({ ...commonOptions(parts), transport, scopeOf, order: definition.options.order });
}

function commonOptions(parts: ServiceParts) {
  const { definition, name, config, validate, clock, random, log } = parts;
  const { namespace, concurrency } = config;
  const middlewares = [
    traceAttempts({ service: name }),
    withTrace(parts),
    logAttempts({ clock }),
    validateEvents(validate),
    ...(definition.options.middlewares ?? []),
  ];
  return { service: name, namespace, router: buildRouter(parts), middlewares, concurrency, clock, random, log };
}

/** Handlers get the service's time and ids beside what the router gives them. */
function buildRouter({ definition, surroundings }: ServiceParts): Router {
  const router = createRouter();
  for (const { schema, handler } of definition.events) {
    router.on(schema, (context) => handler({ ...context, ...surroundings }));
  }
  return router;
}

/** Keeps the trace of an event for what its handler calls and publishes. */
function withTrace({ trace }: ServiceParts): Middleware {
  return (next) => (attempt) => {
    const { traceparent, tracestate } = attempt.event.envelope;
    return trace.run(traceparent ? { traceparent, tracestate } : undefined, () => next(attempt));
  };
}
