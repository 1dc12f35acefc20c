import { readdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Bench, Measurement } from "./bench.ts";
import { summarise, tableLines } from "./summary.ts";

const usage = "npm run bench -- NAME [--rounds N] [--format text|json]";

/** `npm run bench -- NAME`: the median of five rounds; 0 when every goal is met, 1 when not, 2 for wrong use. */
async function main(): Promise<number> {
  const options = { rounds: { type: "string", default: "5" }, format: { type: "string", default: "text" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [name] = positionals;
  const rounds = Number(values.rounds);
  if (name === undefined || !benches().includes(name) || !(rounds >= 1) || !["text", "json"].includes(values.format)) {
    console.error(`usage: ${usage}\nbenches: ${benches().join(", ")}`);
    return 2;
  }
  const { bench } = (await import(`./${name}.bench.ts`)) as { bench: Bench };
  const results = summarise(await measure(bench, rounds), bench.goals);
  const machine = `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}`;
  if (values.format === "json") {
    console.log(JSON.stringify({ name, title: bench.title, machine, rounds, results }, undefined, 2));
  } else {
    console.log(`${bench.title}\n${machine}, median of ${rounds}\n`);
    for (const line of tableLines(results)) console.log(line);
  }
  return results.every(({ met }) => met !== false) ? 0 : 1;
}

function benches(): string[] {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".bench.ts"));
  return names.map((name) => name.slice(0, -".bench.ts".length)).sort();
}

async function measure(bench: Bench, count: number): Promise<(readonly Measurement[])[]> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort(new Error("interrupted")));
  const { signal } = interrupted;
  await using _shared = await bench.setUp?.(signal);
  const rounds: (readonly Measurement[])[] = [];
  for (let index = -1; index < count; index++) {
    process.stderr.write(index < 0 ? "warming up …\n" : `round ${index + 1} of ${count} …\n`);
    const measured = await bench.measure({ index, signal });
    signal.throwIfAborted();
    if (index >= 0) rounds.push(measured);
  }
  return rounds;
}

process.exit(await main());
