import { row, table } from "../markdown-table.ts";
import { prey } from "./catalog.ts";
import type { Catch } from "./hunt.ts";

/** Writes what came of the hunts as a document. */
export function mutationsMarkdown(catches: readonly Catch[]): string {
  const of = new Map(catches.map((each) => [each.mutation, each]));
  const caught = catches.filter(({ found }) => found !== undefined).length;
  const commits = [...new Set(catches.map(({ commit }) => commit))];
  const versions = [...new Set(catches.flatMap((each) => each.versions))];
  const lines = [
    "# Mutation report",
    "",
    "Each safeguard was taken away alone, by its switch in `sdk/ts/src/core/probe.ts`, and seeds were played until a check of the",
    "history noticed. What no seed shows, because no effect tells it or only rarely, a test shows every time: each of the tests",
    "below plants the fault itself. Written by `npm run crash -- --mutations --report FILE --write docs/proof/mutations.md`.",
    "",
    `Seeds caught ${caught} of ${prey.length}; at ${commits.join(", ")}; ${versions.join(", ")}.`,
    "",
    "Repeat a line with `npm run crash -- --transport T --mutation M --runs 1 --seed S`; with real processes a seed repeats what",
    "is done to them, not how their steps interleave. Tests are below `sdk/ts/src`.",
    "",
    ...table(["safeguard taken away", "caught by", "seed", "runs", "on", "test that shows it every time"]),
    ...prey.map(({ mutation, test }) => line(of.get(mutation), mutation, test)),
  ];
  return `${lines.join("\n")}\n`;
}

function line(found: Catch | undefined, mutation: string, test: string): string {
  const name = `\`${mutation}\``;
  if (!found) return row([name, "not hunted yet", "", "", "", `\`${test}\``]);
  const checks = found.found ? found.found.checks.join(", ") : "no seed; by the test alone";
  return row([name, checks, String(found.found?.seed ?? ""), String(found.runs), found.transport, `\`${test}\``]);
}
