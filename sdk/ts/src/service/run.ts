import { isConcordError } from "../core/error.ts";
import { readConfig } from "./config.ts";
import type { ServiceDefinition } from "./definition.ts";
import { startService } from "./start.ts";

/** Exit codes of a service: ended in order, failed, wrong configuration or contract. */
const exitCodes = { fine: 0, failed: 1, wrongUse: 2 } as const;

/**
 * Runs a service as this process until SIGTERM or SIGINT, then drains it. A second signal ends it at once. Failures are
 * one line on standard error, without a stack.
 */
export async function runService(definition: ServiceDefinition): Promise<void> {
  try {
    const config = readConfig(definition.options.name, process.env);
    const stopped = untilStopped();
    const service = await startService(definition, { config });
    const { log } = service;
    try {
      log.info({ signal: await Promise.race([stopped, service.failed]) }, "draining");
    } finally {
      await service.close();
    }
    log.info({}, "stopped");
    process.exit(exitCodes.fine);
  } catch (error) {
    console.error(describe(definition.options.name, error));
    process.exit(isWrongUse(error) ? exitCodes.wrongUse : exitCodes.failed);
  }
}

function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(exitCodes.failed));
        resolve(signal);
      });
    }
  });
}

function isWrongUse(error: unknown): boolean {
  return isConcordError(error, "config") || isConcordError(error, "invalid_contract");
}

function describe(service: string, error: unknown): string {
  const { message } = error instanceof Error ? error : new Error("unknown failure");
  const code = isConcordError(error) ? ` (${error.code})` : "";
  return message
    .split("\n")
    .map((line) => `${service}: ${line}${code}`)
    .join("\n");
}
