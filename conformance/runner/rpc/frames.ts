/** A message of a stream as gRPC, gRPC-Web and Connect put it on the wire: a byte of flags, four of length, the bytes. */
export interface Frame {
  readonly flags: number;
  readonly bytes: Uint8Array;
}

/** The bytes are compressed. */
export const compressedFlag = 0x01;
/** The last frame of Connect. */
export const endFlag = 0x02;
/** The last frame of gRPC-Web: the trailers. */
export const trailersFlag = 0x80;

const headBytes = 5;

/** Writes a frame. */
export function writeFrame({ flags, bytes }: Frame): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/**
 * Reads frames as their bytes come.
 * @throws {Error} when they end within one.
 */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= headBytes && rest.length >= headBytes + rest.readUInt32BE(1)) {
      const end = headBytes + rest.readUInt32BE(1);
      yield { flags: rest.readUInt8(0), bytes: rest.subarray(headBytes, end) };
      rest = rest.subarray(end);
    }
  }
  if (rest.length > 0) throw new Error(`the stream ended after ${rest.length} bytes of a frame`);
}
