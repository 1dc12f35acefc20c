import type { StoredMessage } from "../../core/message.ts";
import type { Transport } from "../../core/transport.ts";

/** Reads every message that a stream still keeps; none where there is no such stream. */
export async function readAll(transport: Transport, stream: string): Promise<readonly StoredMessage[]> {
  return readLast(transport, stream, Number.POSITIVE_INFINITY);
}

/** Reads what a stream still keeps of its last sequences. */
export async function readLast(transport: Transport, stream: string, count: number): Promise<readonly StoredMessage[]> {
  const { firstSequence = 1n, lastSequence = 0n } = (await transport.streamState(stream)) ?? {};
  const from = Number.isFinite(count) ? lastSequence - BigInt(count) + 1n : firstSequence;
  const messages: StoredMessage[] = [];
  for (let sequence = from > firstSequence ? from : firstSequence; sequence <= lastSequence; sequence++) {
    const message = await transport.get(stream, sequence);
    if (message) messages.push(message);
  }
  return messages;
}
