import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { allPermutations, suiteFolder } from "./load-run.ts";
import { type LoadedCase, loadSuites } from "./suite/suites.ts";

const begin = "<!-- catalogue -->\n";
const end = "<!-- /catalogue -->";

/** The page's list of cases, with an anchor for each, as the suites say it. */
export async function catalogueText(): Promise<string> {
  const cases = await loadSuites(join(await suiteFolder(), "suites"));
  const labels = ["newest", "2.9.10"];
  const one = await countWith(labels.slice(0, 1), false);
  const all = await countWith(labels, true);
  const templates = Map.groupBy(cases, ({ definition }) => definition.id);
  const rows = [...templates].sort(byId).map(([id, same]) => row(id, same));
  return [
    `${templates.size} cases: ${one} permutations on one server, ${all} on the oldest and the newest server and the embedded transport.`,
    "",
    "| case | level | rule | planted faults |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

async function countWith(servers: readonly string[], embedded: boolean): Promise<number> {
  return (await allPermutations(servers, embedded)).length;
}

function byId([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left.localeCompare(right, "en", { numeric: true });
}

function row(id: string, same: readonly LoadedCase[]): string {
  const levels = [...new Set(same.map(({ level }) => level))].join(", ");
  const faults = [...new Set(same.flatMap(({ definition }) => definition.faults))].join(", ");
  const { slug, rule } = same[0]!.definition;
  return `| <a id="${id.toLowerCase()}"></a>${id} ${slug} | ${levels} | ${rule.replaceAll("|", "\\|")} | ${faults} |`;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  const path = join(await suiteFolder(), "README.md");
  const page = await readFile(path, "utf8");
  const [before, rest] = page.split(begin) as [string, string];
  const wanted = `${before}${begin}${await catalogueText()}${rest.slice(rest.indexOf(end))}`;
  if (values.check && page !== wanted) {
    console.error(
      "conformance/README.md does not list the cases as the suites say them: node conformance/runner/catalogue.ts",
    );
    process.exitCode = 1;
  } else if (page !== wanted) await writeFile(path, wanted);
}
