type NativeWrite = (this: Uint8Array, text: string, start: number) => number;
type NativeSlice = (this: Uint8Array, start: number, end: number) => string;

// What Buffer's `write` and `toString` call after checking their arguments. Undocumented but as old as Node; with ten
// short texts in an envelope the checks are a tenth of the time. Without them the documented methods serve.
const native = Buffer.prototype as { utf8Write?: NativeWrite; latin1Slice?: NativeSlice };
const nativeWrite: NativeWrite = native.utf8Write ?? Buffer.prototype.write;
const nativeSlice: NativeSlice = native.latin1Slice ?? sliceByToString;

/** Writes text as UTF-8 and gives the number of bytes; what does not fit is left out. Lone surrogates become U+FFFD. */
export function writeUtf8(bytes: Buffer, text: string, start: number): number {
  return nativeWrite.call(bytes, text, start);
}

/** Gives a stretch of bytes as text, one character for each byte. */
export function readLatin1(bytes: Uint8Array, start: number, end: number): string {
  return nativeSlice.call(bytes, start, end);
}

function sliceByToString(this: Uint8Array, start: number, end: number): string {
  return Buffer.from(this.buffer, this.byteOffset, this.byteLength).toString("latin1", start, end);
}
