import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type StartedCommand, typeStart } from "../services/shop/type-start.ts";

const run = promisify(execFile);

/** A command of the page, with what it shows. */
interface Step {
  readonly command: string;
  readonly output: string;
}

/** The commands of all `console` blocks: lines behind `$ `, each with those that it goes on in. */
function readSteps(text: string): Step[] {
  const blocks = [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return blocks.flatMap((block) => block.split(/^\$ /m).slice(1).map(readStep));
}

/** A command goes on behind a `\` at the end of a line, and until its quotes are closed. */
function readStep(text: string): Step {
  const lines = text.split("\n");
  const isWhole = (command: string) => !command.endsWith("\\") && (command.match(/'/g) ?? []).length % 2 === 0;
  let length = 1;
  while (!isWhole(lines.slice(0, length).join("\n"))) length += 1;
  return { command: lines.slice(0, length).join("\n"), output: lines.slice(length).join("\n") };
}

const id = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const shortId = /[0-9a-f]{4}…[0-9a-f]{2}/g;
/** What stands for something else in a pattern; the page has no such characters. */
const marks = { id: "\u0001", time: "\u0002", any: "\u0003", ms: "\u0004" };

/** Ids of the page by those of this run, learnt from the answers that show them first. */
type Ids = Map<string, string>;

/** Holds an answer to what the page shows, whatever its line breaks and indents, and learns its ids. */
function compare({ command, output }: Step, actual: string, ids: Ids): void {
  const shown = [...output.matchAll(id)].map(([found]) => found);
  const masked = output
    .replaceAll(id, marks.id)
    .replaceAll(time, marks.time)
    .replaceAll(shortId, marks.any)
    .replaceAll(/\d+ ms/g, marks.ms)
    .replaceAll("…", marks.any);
  let next = 0;
  const pattern = squeeze(masked)
    .replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")
    .replaceAll(marks.id, () => ids.get(shown[next++] ?? "") ?? `(${id.source})`)
    .replaceAll(marks.time, time.source)
    .replaceAll(marks.ms, "\\d+ms")
    .replaceAll(marks.any, "[^]*?");
  const match = new RegExp(`^${pattern}$`).exec(squeeze(actual));
  if (!match) throw new Error(`$ ${command}\nanswered\n${actual}\nand the page shows\n${output}`);
  const learnt = shown.filter((each) => !ids.has(each));
  for (const [index, each] of learnt.entries()) ids.set(each, match[index + 1] ?? "");
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, "");
}

/** The page's address and ids become those of this run. */
function translate(text: string, url: string, ids: Ids): string {
  return text.replaceAll("localhost:8080", new URL(url).host).replaceAll(id, (found) => ids.get(found) ?? found);
}

/** Splits the page at its starts of the shop: what is typed to start it, and what while it runs. */
function readActs(steps: readonly Step[]): { start: Step; walk: Step[] }[] {
  const acts: { start: Step; walk: Step[] }[] = [];
  for (const step of steps) {
    if (step.command.startsWith("npm start")) acts.push({ start: step, walk: [] });
    else acts.at(-1)?.walk.push(step);
  }
  return acts;
}

const [tour = [], exampleSystems = []] = await Promise.all(
  ["tour.md", "example-systems.md"].map(async (page) =>
    readSteps(await readFile(new URL(page, import.meta.url), "utf8")),
  ),
);

async function startShop(start: Step, folder: string): Promise<{ shop: StartedCommand; url: string }> {
  const given = start.command.split(" ").slice(3);
  const shop = typeStart([...given.map((arg) => arg.replace("shop-data", join(folder, "shop-data"))), "--port", "0"]);
  const [, url = ""] = await shop.saw(/Reference {2}(http:\S+)\/docs\n/);
  if (start.output.includes("Tokens")) await shop.saw(/Tokens .*\n/);
  return { shop, url };
}

describe.each([
  { page: "the tour", steps: tour },
  { page: "the page of the example systems (N1-N6, C1-C4, C7, C8, S1-S14)", steps: exampleSystems },
])("$page", ({ steps }) => {
  it("begins with npm start, and every block of it is a command", () => {
    expect(steps[0]?.command).toBe("npm start");
    expect(steps.length).toBeGreaterThan(30);
    for (const { command } of steps) expect(command).toMatch(/^(npm start|curl )/);
  });

  it.each(readActs(steps))(
    "shows what a shop answers that was started by $start.command",
    async ({ start, walk }) => {
      const folder = await mkdtemp(join(tmpdir(), "concord-tour-"));
      const { shop, url } = await startShop(start, folder);
      const ids: Ids = new Map();
      for (const step of walk) {
        const command = translate(step.command, url, ids);
        const { stdout } = await run("sh", ["-c", command], { cwd: folder, maxBuffer: 1e8 });
        compare(step, stdout.replaceAll(new URL(url).host, "localhost:8080"), ids);
      }
      shop.child.kill("SIGTERM");
      const { code, output } = await shop.ended;
      expect(code).toBe(0);
      const told = output.replaceAll(new URL(url).host, "localhost:8080").replaceAll(`${folder}/`, "");
      compare(start, told, new Map());
      await rm(folder, { recursive: true });
    },
    180_000,
  );
});

describe("the comparison", () => {
  it("sees a wrong word, a wrong id and a missing field", () => {
    const shown = '{"order_id":"01a1ff22-6f99-76bf-90b3-5d0ca9e7e23f",…"status":"PENDING"}\n';
    const answer = '{"order_id":"11111111-1111-7111-8111-111111111111","a":1,"status":"PENDING"}';
    const ids: Ids = new Map();
    const step = { command: "curl", output: shown };
    compare(step, answer, ids);
    compare(step, answer, ids);
    expect(() => compare(step, answer.replace("PENDING", "CONFIRMED"), ids)).toThrow("and the page shows");
    expect(() => compare(step, answer.replaceAll("11111111", "22222222"), ids)).toThrow("and the page shows");
    expect(() => compare(step, answer.replace(',"status":"PENDING"', ""), ids)).toThrow("and the page shows");
  });
});
