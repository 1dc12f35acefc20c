import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { writeUtf8 } from "./native-text.ts";

const maxVarintBytes = 10;
const maxUtf8BytesPerUnit = 3;
/** Up to here a loop over the characters is faster than a native call. */
const shortTextUnits = 16;

/**
 * Takes the calls of the generated code into one buffer, without the copies and the growing of the stock writer.
 *
 * It writes one message and is then thrown away. It throws for what would not be read back as it was: an empty text, a
 * lone surrogate, a value of another type. The error names no field; whoever holds the message finds it.
 */
export class EnvelopeWriter extends BinaryWriter {
  #bytes: Buffer;
  #at = 0;
  readonly #forks: number[] = [];

  /** @param sizeHint Expected bytes. When there are more, the buffer grows; what is left over is not given back. */
  constructor(sizeHint: number) {
    super();
    // Small buffers are cut out of Node's pool: ten times cheaper than memory of their own, and never handed out twice.
    this.#bytes = Buffer.allocUnsafe(sizeHint);
  }

  override uint32(value: number): this {
    this.#reserve(maxVarintBytes);
    this.#at = this.#writeVarint(value, this.#at);
    return this;
  }

  override string(value: string): this {
    if (typeof value !== "string" || value === "") throw new TypeError("not a text, or an empty one");
    if (value.length < shortTextUnits && this.#writeShortAscii(value)) return this;
    this.#reserve(maxVarintBytes + value.length * maxUtf8BytesPerUnit);
    const at = this.#at;
    const start = at + varintSize(value.length);
    const written = writeUtf8(this.#bytes, value, start);
    if (written >= 0x80 || written !== value.length) return this.#closeText(value, start, start + written);
    this.#bytes[at] = written;
    this.#at = start + written;
    return this;
  }

  override bytes(value: Uint8Array): this {
    if (!(value instanceof Uint8Array)) throw new TypeError("not bytes");
    this.#reserve(maxVarintBytes + value.length);
    const start = this.#writeVarint(value.length, this.#at);
    this.#bytes.set(value, start);
    this.#at = start + value.length;
    return this;
  }

  override uint64(value: string | number | bigint): this {
    // Doubles are exact below 2^53 and several times faster than bigints.
    const number = Number(value);
    if (number >= 0 && number <= Number.MAX_SAFE_INTEGER) return this.uint32(number);
    this.#reserve(maxVarintBytes);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
    return this;
  }

  override int64(value: string | number | bigint): this {
    return this.uint64(value);
  }

  override int32(value: number): this {
    if ((value | 0) !== value) throw new TypeError("no whole number of 32 bits");
    return this.uint64(value);
  }

  override bool(value: boolean): this {
    return this.uint32(value ? 1 : 0);
  }

  override fork(): this {
    this.#forks.push(this.#at);
    this.#reserve(1);
    this.#at += 1;
    return this;
  }

  override join(): this {
    const from = this.#forks.pop();
    if (from === undefined) throw new Error("join without fork");
    this.#reserve(maxVarintBytes);
    return this.#closeValue(from, from + 1, this.#at);
  }

  /** Gives all bytes written, as a view that nobody else writes to. */
  override finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer as ArrayBuffer, this.#bytes.byteOffset, this.#at);
  }

  /** Ends a text that is long or not ASCII. */
  #closeText(value: string, start: number, end: number): this {
    if (end - start !== value.length && !value.isWellFormed()) throw new TypeError("a text with a lone surrogate");
    return this.#closeValue(this.#at, start, end);
  }

  /** Puts the length in front of a value, which moves when the length takes other room than was left for it. */
  #closeValue(from: number, start: number, end: number): this {
    const length = end - start;
    const moved = from + varintSize(length);
    if (moved !== start) this.#bytes.copyWithin(moved, start, end);
    this.#writeVarint(length, from);
    this.#at = moved + length;
    return this;
  }

  #writeShortAscii(value: string): boolean {
    this.#reserve(1 + value.length);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = value.length;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  /** Writes a whole number from 0 to 2^53 - 1 and gives the position behind it. */
  #writeVarint(value: number, position: number): number {
    const bytes = this.#bytes;
    let at = position;
    let rest = value;
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    return at;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}
