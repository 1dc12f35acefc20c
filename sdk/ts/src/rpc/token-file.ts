import { readFile } from "node:fs/promises";
import { ConcordError } from "../core/error.ts";

/**
 * Gives a client's option `token` from a file that holds one, read for each call so that whoever issues tokens can renew it.
 * Without a file calls are made without a token. A call fails with `unavailable` while there is no token to read: its message
 * tells nothing of the file, as it may reach a caller; its cause does.
 */
export function tokenFromFile(file: string): () => Promise<string>;
export function tokenFromFile(file: string | undefined): (() => Promise<string>) | undefined;
export function tokenFromFile(file: string | undefined): (() => Promise<string>) | undefined {
  return file === undefined ? undefined : () => readToken(file);
}

async function readToken(file: string): Promise<string> {
  try {
    const token = (await readFile(file, "utf8")).trim();
    if (token !== "") return token;
    throw new Error(`${file} is empty`);
  } catch (cause) {
    throw new ConcordError("unavailable", "the token for calls of other services cannot be read", { cause });
  }
}
