import { decodeRequest, encodeResponse, encodeSpec } from "./messages.ts";

const service = "/buf.plugin.check.v1.CheckService";
const [check, listRules, listCategories] = [`${service}/Check`, `${service}/ListRules`, `${service}/ListCategories`];

/**
 * What the plugin writes to its output for one call; reads its input only when the call has one. buf starts it nine times
 * for one lint, mostly to ask what it can do, so each call loads only what it needs.
 * @see https://github.com/bufbuild/pluginrpc
 */
export async function answer(args: readonly string[], readInput: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const [name] = args;
  if (name === "--protocol") return new TextEncoder().encode("1\n");
  if (name === "--spec") return encodeSpec([check, listRules, listCategories]);
  if (name === check) {
    const { answerCheck } = await import("./check.ts");
    return encodeResponse("CheckResponse", await answerCheck(decodeRequest(await readInput())));
  }
  if (name === listRules) return encodeResponse("ListRulesResponse", (await import("./listing.ts")).encodeRuleList());
  if (name === listCategories) {
    return encodeResponse("ListCategoriesResponse", (await import("./listing.ts")).encodeCategoryList());
  }
  throw new Error(`unknown call ${name ?? "(none)"}; buf runs this program as a plugin of buf.yaml`);
}
