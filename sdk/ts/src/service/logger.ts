import { isMessage, type Message, type Registry } from "@bufbuild/protobuf";
import { pino } from "pino";
import type { Log, LogFields } from "../core/log.ts";
import { redact } from "../core/redact.ts";

/** Where log lines go. */
export interface LogDestination {
  write(line: string): void;
}

/** What a logger is made of. */
export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** Knows the contracts of messages that somebody logs. Default none: then only their type is written. */
  readonly registry?: Registry | undefined;
  /** Asked at each line for fields that all lines of the moment share, such as the trace's id. */
  readonly context?: (() => LogFields) | undefined;
  /** Default: standard output, one JSON object a line. */
  readonly destination?: LogDestination | undefined;
}

/**
 * Writes one JSON line per fact, by pino. Errors are reduced to name, code and message; messages of contracts are written
 * without what their contract marks sensitive, and those of unknown contracts by their type alone.
 */
export function createLogger({ service, level, registry, context, destination }: LoggerOptions): Log {
  const options = {
    level,
    base: { service },
    ...(context && { mixin: () => ({ ...context() }) }),
    serializers: { err: describeError },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => withoutPayloads(fields, registry),
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

function withoutPayloads(fields: Record<string, unknown>, registry: Registry | undefined): Record<string, unknown> {
  if (!Object.values(fields).some(isAnyMessage)) return fields;
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isAnyMessage(value) ? plain(value, registry) : value]),
  );
}

function isAnyMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && isMessage(value);
}

function plain(message: Message, registry: Registry | undefined): unknown {
  const schema = registry?.getMessage(message.$typeName);
  return schema ? redact(schema, message) : { type: message.$typeName };
}

function describeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const { name, message, code, cause } = thrown as Error & { code?: unknown };
  return { name, code, message, ...(cause === undefined ? {} : { cause: describeError(cause) }) };
}
