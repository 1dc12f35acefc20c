import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { print } from "../operate/print.ts";
import { catalogue } from "../rules/catalogue.ts";
import { nearest } from "../system/nearest.ts";

/** The pages of all rules, beside the sources and beside what is built of them. */
const pages = join(import.meta.dirname, "..", "..", "rules");

/** Prints the page of a rule: what it finds, who breaks, and how to get there safely. Without one, lists all rules. */
export const run: CommandRun = async ({ arguments: [id], options }, context) => {
  if (id === undefined) {
    const rules = catalogue.map(({ id: rule, type, severity, purpose }) => ({ rule, type, severity, purpose }));
    print(context, options, { rules }, () => rules.map((each) => `${each.rule} (${each.severity}): ${each.purpose}`));
    return exitCodes.fine;
  }
  const rule = catalogue.find((each) => each.id === id.toUpperCase()) ?? unknown(id);
  const page = await readFile(join(pages, `${rule.id}.md`), "utf8");
  const { type, severity } = rule;
  print(context, options, { rule: rule.id, type, severity, page }, () => [page.trimEnd()]);
  return exitCodes.fine;
};

function unknown(id: string): never {
  const like = nearest(
    id,
    catalogue.map((rule) => rule.id),
  );
  const advice = like ? `did you mean ${like}?` : '"concord explain" lists all';
  throw new CommandError(exitCodes.wrongUse, `there is no rule "${id}"; ${advice}`);
}
