import { readFile } from "node:fs/promises";

/**
 * Gives the token that this service shows to others: the text of the file that `SHOP_TOKEN_FILE` names, read for each call so
 * that it can be renewed. Nothing where there is none: then calls are not authenticated.
 */
export function serviceToken(): { readonly token?: () => Promise<string> } {
  const file = process.env.SHOP_TOKEN_FILE;
  return file === undefined ? {} : { token: async () => (await readFile(file, "utf8")).trim() };
}
