import { ConcordError } from "../error.ts";
import { fieldName } from "./field-name.ts";
import { readLatin1 } from "./native-text.ts";

/** How the value behind a tag is laid out (https://protobuf.dev/programming-guides/encoding/#structure). */
const wireType = { varint: 0, fixed64: 1, delimited: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const windowBytes = 1024;
const maxTagBytes = 5;
const maxVarintBytes = 10n;
const maxGroupDepth = 100;

/**
 * Walks over the bytes of one envelope and is then thrown away. It refuses whatever is not exactly protobuf, naming the
 * field, and copies nothing: bytes are views of the input, texts are cut out of one string per kilobyte of input.
 */
export class EnvelopeReader {
  readonly #bytes: Uint8Array;
  readonly #nameOf: (field: number) => string | undefined;
  #at = 0;
  /** End of what may be read now: that of the nested message, else of the input. */
  #end: number;
  #field = 0;
  #text = "";
  #textStart = 0;
  #textEnd = 0;

  /** @param nameOf names the fields of the message in errors. Default: those of the envelope. */
  constructor(bytes: Uint8Array, nameOf: (field: number) => string | undefined = fieldName) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#nameOf = nameOf;
  }

  /** True at the end of the message that is being read. */
  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Reads the tag of a field of the envelope and remembers the field for errors. */
  readTag(): number {
    const tag = this.readNestedTag();
    this.#field = tag >>> 3;
    return tag;
  }

  /** Reads the tag of a field of a nested message. */
  readNestedTag(): number {
    const start = this.#at;
    const tag = this.#readUint32();
    if (tag >>> 3 === 0 || this.#at - start > maxTagBytes) throw this.refuse("is followed by an illegal tag");
    return tag;
  }

  /** Reads text in strict UTF-8; a byte order mark is text. */
  readText(): string {
    const start = this.#openValue();
    const end = this.#at;
    if (!isAscii(this.#bytes, start, end)) return this.#decodeUtf8(start, end);
    if (end > this.#textEnd) this.#loadText(start, end);
    return this.#text.substring(start - this.#textStart, end - this.#textStart);
  }

  /** Reads bytes, as a view of the input. */
  readBytes(): Uint8Array {
    const start = this.#openValue();
    const { buffer, byteOffset } = this.#bytes;
    return new Uint8Array(buffer, byteOffset + start, this.#at - start);
  }

  /** Reads an unsigned integer of 64 bits; higher bits are dropped, as in every protobuf runtime. */
  readUint64(): bigint {
    const bytes = this.#bytes;
    let value = 0;
    let factor = 1;
    // Seven groups of seven bits fit a double, which is several times faster than a bigint.
    for (let at = this.#at; at < this.#end && factor < 2 ** 49; at++) {
      const byte = bytes[at]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.#at = at + 1;
        return BigInt(value);
      }
      factor *= 0x80;
    }
    return this.#readLongVarint();
  }

  /** Begins a nested message: until {@link leave} its end is the end. Gives the outer end, which leaving takes. */
  enter(): number {
    const outerEnd = this.#end;
    const start = this.#openValue();
    this.#end = this.#at;
    this.#at = start;
    return outerEnd;
  }

  /** Ends a nested message. */
  leave(outerEnd: number): void {
    this.#end = outerEnd;
  }

  /** Passes over the value of a field that nobody here knows. */
  skip(tag: number): void {
    this.#skipValue(tag, 0);
  }

  /** Makes the error for the field that is being read, or was read last. */
  refuse(why: string, cause?: unknown): ConcordError {
    const field = this.#nameOf(this.#field) ?? String(this.#field);
    const where = this.#field === 0 ? "the envelope's beginning" : `envelope field ${field}`;
    return new ConcordError("undecodable", `${where} ${why}`, { cause, details: { field } });
  }

  #skipValue(tag: number, depth: number): void {
    const type = tag & 7;
    if (type === wireType.varint) this.#readLongVarint();
    else if (type === wireType.delimited) this.#openValue();
    else if (type === wireType.startGroup) this.#skipGroup(tag >>> 3, depth + 1);
    else if (type === wireType.fixed64) this.#skipFixed(8);
    else if (type === wireType.fixed32) this.#skipFixed(4);
    else throw this.refuse("is followed by an illegal tag");
  }

  #skipGroup(field: number, depth: number): void {
    if (depth >= maxGroupDepth) throw this.refuse("nests groups too deeply");
    for (;;) {
      const tag = this.readNestedTag();
      if ((tag & 7) !== wireType.endGroup) this.#skipValue(tag, depth);
      else if (tag >>> 3 === field) return;
      else throw this.refuse("ends a group that it did not begin");
    }
  }

  #skipFixed(size: number): void {
    this.#at += size;
    if (this.#at > this.#end) throw this.refuse("is cut off");
  }

  /** Reads the length of a value and steps over it. Gives where it starts; it ends at the new position. */
  #openValue(): number {
    const length = this.#readUint32();
    const start = this.#at;
    if (length > this.#end - start) throw this.refuse("is cut off");
    this.#at = start + length;
    return start;
  }

  /** Reads a tag or a length: nearly always of one or two bytes. */
  #readUint32(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + 1 < this.#end) {
      const first = bytes[at]!;
      if (first < 0x80) {
        this.#at = at + 1;
        return first;
      }
      const second = bytes[at + 1]!;
      if (second < 0x80) {
        this.#at = at + 2;
        return (first & 0x7f) | (second << 7);
      }
    }
    const value = this.#readLongVarint();
    if (value > 0xffffffffn) throw this.refuse("has a tag or length above 32 bits");
    return Number(value);
  }

  #readLongVarint(): bigint {
    let value = 0n;
    for (let group = 0n; group < maxVarintBytes; group++) {
      if (this.#at >= this.#end) throw this.refuse("is cut off");
      const byte = this.#bytes[this.#at++]!;
      value |= BigInt(byte & 0x7f) << (group * 7n);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw this.refuse("has an integer of more than ten bytes");
  }

  #decodeUtf8(start: number, end: number): string {
    try {
      return strictUtf8.decode(this.#bytes.subarray(start, end));
    } catch (cause) {
      throw this.refuse("is no valid UTF-8", cause);
    }
  }

  /**
   * Turns a stretch of input into a string at once: one native call serves several fields. The texts cut out of it keep
   * it alive, hence no longer than a kilobyte.
   */
  #loadText(start: number, end: number): void {
    this.#textStart = start;
    this.#textEnd = Math.min(this.#bytes.length, Math.max(end, start + windowBytes));
    this.#text = readLatin1(this.#bytes, start, this.#textEnd);
  }
}

/** Tells whether a stretch of bytes holds ASCII alone. Unrolled: half the time of the plain loop. */
function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  let at = start;
  for (const last = end - 3; at < last; at += 4) seen |= bytes[at]! | bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]!;
  for (; at < end; at++) seen |= bytes[at]!;
  return seen < 0x80;
}
