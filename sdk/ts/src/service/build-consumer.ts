import type { Consumer } from "../consume/consumer.ts";
import { createLogConsumer } from "../consume/log-consumer.ts";
import { log as logAttempts } from "../consume/middleware/log.ts";
import { validate as validateEvents } from "../consume/middleware/validate.ts";
import { createRouter, type Router } from "../consume/router.ts";
import { decodeMessage } from "../core/decode-message.ts";
import type { Handle, Middleware } from "../core/handler.ts";
import type { Transport } from "../core/transport.ts";
import { createInbox } from "../inbox/inbox.ts";
import type { ServiceParts } from "./parts.ts";

/** Puts a service's consumer together: its handlers, behind the middlewares, on its inbox and cursor. */
export function buildConsumer(parts: ServiceParts, transport: Transport): Consumer {
  const { definition, name, config, database, stores, outbox, share, validate, clock, random, log, probe } = parts;
  const { namespace, concurrency, parkAfterMs } = config;
  const router = buildRouter(parts);
  const common = { service: name, namespace, stores, random, probe };
  const inbox = createInbox({
    ...common,
    database,
    outbox,
    parkAboveMs: parkAfterMs,
    decode: (message) => decodeMessage(message, router.find),
  });
  return createLogConsumer({
    ...common,
    transport,
    router,
    inbox,
    share,
    concurrency,
    clock,
    log,
    middlewares: [
      logAttempts({ clock }),
      withTrace(parts),
      validateEvents(validate),
      ...(definition.options.middlewares ?? []),
    ],
  });
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
  return (next: Handle) => (attempt) => {
    const { traceparent, tracestate } = attempt.event.envelope;
    return trace.run(traceparent ? { traceparent, tracestate } : undefined, () => next(attempt));
  };
}
