import { type Clock, systemClock } from "../core/clock.ts";
import { type DeadLetter, redriveMessage } from "../core/dead-letter.ts";
import type { StoredMessage } from "../core/message.ts";
import type { Transport } from "../core/transport.ts";
import { decodeWire } from "../core/wire/decode-wire.ts";
import { createKeyWindow } from "./key-window.ts";
import { type DeadLetterQuery, listDeadLetters } from "./list-dead-letters.ts";

/** Which dead letters go back to their consumer, and how fast. */
export interface RedriveOptions extends DeadLetterQuery {
  readonly transport: Pick<Transport, "read" | "next" | "streamState" | "get" | "publish" | "remove">;
  /** Only tells which it would be. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Default: no limit. */
  readonly ratePerSecond?: number | undefined;
  /** Told of each dead letter after it was sent back, or in a dry run would have been. */
  readonly onProgress?: ((letter: DeadLetter) => void) | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** Nobody waits for a single one of many, and a broker that is busy with them answers late. */
const timeoutMs = 30_000;

/** What came of a redrive. */
export interface RedriveReport {
  /** Dead letters sent back, or in a dry run found. */
  readonly redriven: number;
}

/**
 * Sends dead letters back to the service that gave up on them and to no other, those of one key the oldest first, each with
 * the original bytes and a message id of its own (trap T6); then the dead letter goes. When it is stopped anywhere, running it again
 * goes on: what was sent and not yet removed is sent once more with the same number, which the service knows as a
 * repetition. An event that fails again becomes a new dead letter, which the same run leaves alone.
 * @throws {ConcordError} as `Publisher.publish`; `not_found` when the service has never run with this broker.
 */
export async function redrive(options: RedriveOptions): Promise<RedriveReport> {
  const { transport, dryRun = false, ratePerSecond, onProgress, signal, clock = systemClock } = options;
  const pauseMs = ratePerSecond === undefined || dryRun ? 0 : 1_000 / ratePerSecond;
  const window = createKeyWindow();
  const startedMs = clock.now();
  let [found, redriven] = [0, 0];
  for await (const { letter, message } of listDeadLetters(options)) {
    const aheadMs = startedMs + found++ * pauseMs - clock.now();
    if (pauseMs > 0 && aheadMs > 0) await clock.sleep(aheadMs, signal);
    await window.run(letter.keyToken ?? String(letter.sequence), async () => {
      if (!dryRun) {
        await transport.publish(redriveMessage(message, identityOf(message)), { signal, timeoutMs });
        await transport.remove(letter.stream, letter.sequence, { signal, timeoutMs });
      }
      redriven++;
      onProgress?.(letter);
    });
  }
  await window.settled();
  return { redriven };
}

/** Source and id of the event, where its bytes can be read. */
function identityOf(message: StoredMessage): { source: string; id: string } | undefined {
  try {
    const { source, id } = decodeWire(message);
    return { source, id };
  } catch {
    return undefined;
  }
}
