import type { Readable } from "node:stream";

/** Longest line that either side may write, in bytes. */
export const maxLineBytes = 8 * 1024 * 1024;

/** Calls back for each line of a stream, and once when one is too long; nothing is read after that. */
export function readLines(stream: Readable, onLine: (line: string) => void, onTooLong: () => void): void {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  stream.on("data", (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      const line = Buffer.concat(parts);
      parts = [];
      heldBytes = 0;
      start = end + 1;
      if (line.length > maxLineBytes) return stop();
      onLine(line.toString("utf8"));
    }
    parts.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > maxLineBytes) stop();
  });
  const stop = () => {
    parts = [];
    stream.removeAllListeners("data");
    stream.resume();
    onTooLong();
  };
  stream.on("error", () => {});
}
