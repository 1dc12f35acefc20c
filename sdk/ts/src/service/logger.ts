import { pino } from "pino";
import type { Log } from "../core/log.ts";

/** Where log lines go. Default: standard output, one JSON object a line. */
export interface LogDestination {
  write(line: string): void;
}

/** Writes one JSON line per fact with the service's name, by pino. Errors are reduced to code and message. */
export function createLogger(service: string, level: string, destination?: LogDestination): Log {
  const options = {
    level,
    base: { service },
    serializers: { err: describeError },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination ? pino(options, destination) : pino(options);
}

function describeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const { name, message, code, cause } = thrown as Error & { code?: unknown };
  return { name, code, message, ...(cause === undefined ? {} : { cause: describeError(cause) }) };
}
