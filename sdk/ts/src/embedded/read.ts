import { setImmediate as nextTurn } from "node:timers/promises";
import type { StoredMessage } from "../core/message.ts";
import type { ReadRequest } from "../core/transport.ts";
import { waitForBell } from "./bell.ts";
import type { EventLog } from "./log.ts";
import type { LogStream } from "./log-stream.ts";
import { compileFilter } from "./subject-filter.ts";

/**
 * Reads a stream in order from a position and follows what is appended. Nothing is read before it is asked for. Between
 * batches other work of the process gets its turn.
 * @throws {ConcordError} `not_found`, `unavailable` when the log is closed
 */
export async function* read(log: EventLog, request: ReadRequest): AsyncGenerator<readonly StoredMessage[]> {
  log.checkOpen();
  const stream = log.streams.get(request.stream);
  const filter = compileFilter(request.filter);
  const ending = AbortSignal.any([request.signal, log.closing]);
  const limits = { signal: ending, clock: log.clock };
  let position = Number(request.after);
  log.retention.expire(stream);
  while (!request.signal.aborted) {
    log.checkOpen();
    const page = stream.page(filter, position, request.maxBatch ?? 256);
    position = page.position;
    if (page.messages.length > 0) yield page.messages;
    if (position < stream.counts.lastSequence) await nextTurn();
    else await waitForBell([stream.appended(filter)], limits);
  }
}

/** Looks for the first message behind a position that a filter matches, a page at a time. */
export async function readNext(
  log: EventLog,
  stream: LogStream,
  filter: string,
  after: bigint,
): Promise<StoredMessage | undefined> {
  const compiled = compileFilter(filter);
  for (let position = Number(after); ; await nextTurn()) {
    log.checkOpen();
    const page = stream.page(compiled, position, 16);
    if (page.messages.length > 0) return page.messages[0];
    if (page.position >= stream.counts.lastSequence) return undefined;
    position = page.position;
  }
}
