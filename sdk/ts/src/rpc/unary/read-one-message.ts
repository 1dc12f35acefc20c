/** The body of a request that should be one message in its envelope. */
export interface OneMessage {
  /** Out of its envelope; undefined when the body is anything else, or when the message is compressed. */
  readonly message: Uint8Array | undefined;
  /** Gives the body from its beginning. */
  readonly again: () => AsyncIterable<Uint8Array>;
}

/** One byte of flags and four of length (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#length-prefixed-message). */
const envelopeBytes = 5;

/** Reads a body to its end, or until it is clear that it is not one message of so many bytes at most. */
export async function readOneMessage(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<OneMessage> {
  const rest = body[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  const again = (broken?: unknown) => replay(chunks, rest, broken);
  let length = 0;
  // Unknown until the envelope is there.
  let expected: number | undefined;
  try {
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      chunks.push(next.value);
      length += next.value.length;
      if (expected === undefined && length >= envelopeBytes) expected = expectedLength(joined(chunks), maxBytes);
      if (expected !== undefined && length > expected) return { message: undefined, again };
    }
  } catch (error) {
    return { message: undefined, again: () => again(error) };
  }
  return { message: length === expected ? joined(chunks).subarray(envelopeBytes) : undefined, again };
}

/** Of the whole body; less than it has when it cannot be one message. */
function expectedLength(start: Uint8Array, maxBytes: number): number {
  const length = new DataView(start.buffer, start.byteOffset).getUint32(1);
  return start[0] === 0 && length <= maxBytes ? envelopeBytes + length : 0;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

async function* replay(
  chunks: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  broken: unknown,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
  if (broken !== undefined) throw broken;
  try {
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
