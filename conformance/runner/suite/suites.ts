import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import type { Step } from "@concord/gen/concord/conformance/v1/step_pb.js";
import { type Case, type Suite, SuiteSchema } from "@concord/gen/concord/conformance/v1/suite_pb.js";
import { parseDocument } from "yaml";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { numbersAsText } from "./numbers-as-text.ts";
import { placeholderNames, withoutPlaceholders } from "./placeholders.ts";
import { readStep, withInner } from "./step-form.ts";
import { SuiteError } from "./suite-error.ts";

/** A case of a suite, with its steps still holding placeholders. */
export interface LoadedCase {
  readonly suite: Suite;
  readonly definition: Case;
  readonly level: string;
  readonly given: readonly Json[];
  readonly then: readonly Json[];
  /** Settings as they are written: the suite's, the case's, and those of each testee. */
  readonly configure: readonly JsonObject[];
  readonly testees: Readonly<Record<string, JsonObject>>;
  /** File it stands in. */
  readonly file: string;
}

/** The levels, lowest first. */
export const levels = ["L0", "L1", "L2", "L3", "R"] as const;

/**
 * Reads all suites of a folder in the order of their names.
 * @throws {SuiteError} with the file and the case, for whatever is wrong in one.
 */
export async function loadSuites(folder: string): Promise<LoadedCase[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  const suites = await Promise.all(names.map(async (name) => readSuite(name, await readText(folder, name))));
  return suites.flat();
}

/** A suite that is left out would pass unseen, so one that cannot be read ends the run. */
async function readText(folder: string, name: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(join(folder, name)));
  } catch (error) {
    throw new SuiteError(`${name} cannot be read: ${(error as Error).message}`);
  }
}

/** Placeholders of axes are taken as the axis's first value, so that they may stand for names of fields. */
function parseSuite(json: JsonObject): Suite {
  const cases = Array.isArray(json.cases) ? json.cases : [];
  const checked = cases.map((each) => withoutPlaceholders(each, firstValues(json, each)));
  const form = numbersAsText(SuiteSchema, {
    ...(withoutPlaceholders({ ...json, cases: [] }) as JsonObject),
    cases: checked,
  });
  return fromJson(SuiteSchema, form as JsonValue);
}

function firstValues(...holders: readonly Json[]): Record<string, string> {
  const axes = holders.flatMap(
    (holder) => ((holder as { axes?: unknown })?.axes ?? []) as { name: string; values: string[] }[],
  );
  return Object.fromEntries(axes.map(({ name, values }) => [name, String(values?.[0] ?? "0")]));
}

interface RawCase {
  readonly given?: Json[];
  readonly then?: Json[];
  readonly configure?: JsonObject;
  readonly testees?: Readonly<Record<string, JsonObject | null>>;
}

/** Reads one suite from its text. */
export function readSuite(file: string, text: string): LoadedCase[] {
  const json = readYaml(file, text);
  const suite = inFile(file, () => parseSuite(json as JsonObject));
  const raw = (json as JsonObject).cases as readonly unknown[];
  return suite.cases.map((definition, index) => {
    const level = definition.level || suite.level;
    const { given = [], then = [], configure = {}, testees = {} } = raw[index] as RawCase;
    const settings = Object.entries(testees).map(([name, testee]) => [name, (testee?.configure ?? {}) as JsonObject]);
    const loaded = {
      suite,
      definition,
      level,
      given,
      then,
      configure: [((json as JsonObject).configure ?? {}) as JsonObject, configure],
      testees: { A: {}, ...Object.fromEntries(settings) },
      file,
    };
    inFile(`${file} ${definition.id}`, () => checkCase(loaded, firstValues(json, raw[index] as Json)));
    return loaded;
  });
}

/**
 * Reads YAML whose keys are unique.
 * @throws {SuiteError} with the place of the fault.
 */
export function readYaml(file: string, text: string): Json {
  const document = parseDocument(text, { uniqueKeys: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw new SuiteError(`${file}: ${fault.message}`);
  const json = document.toJS() as Json;
  if (!isJsonObject(json)) throw new SuiteError(`${file} holds no object`);
  return json;
}

function inFile<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new SuiteError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

const always = new Set(["ns", "ns.", "ns-", "service", "i", "limit", "max_payload", "now", "seed", "peer"]);

function checkCase(
  { suite, definition, level, given, then }: LoadedCase,
  known: Readonly<Record<string, string>>,
): void {
  if (!levels.includes(level as never)) throw new SuiteError(`"${level}" is no level`);
  if (!/^[A-Z][0-9]+$/.test(definition.id) || !/^[a-z0-9-]+$/.test(definition.slug)) {
    throw new SuiteError("a case needs an id such as O2 and a slug such as retry-holds-tail");
  }
  if (!definition.rule) throw new SuiteError("a case needs its rule as a sentence");
  if (then.length === 0) throw new SuiteError("a case without then proves nothing");
  const steps = [...given, ...then].flatMap((step) => withInner(readStep(withoutPlaceholders(step, known))));
  const testees = new Set(["A", ...Object.keys(definition.testees)]);
  for (const step of steps) {
    if (step.on && !testees.has(step.on)) throw new SuiteError(`there is no testee ${step.on}`);
    if (step.later && !step.as) throw new SuiteError("a step that is done later needs a name in as");
  }
  const names = new Set([...axisNames(suite, definition), ...always, ...steps.flatMap(namesMade)]);
  for (const name of placeholderNames([...given, ...then])) checkPlaceholder(name, names);
}

function axisNames(suite: Suite, definition: Case): string[] {
  return [...suite.axes, ...definition.axes].map(({ name }) => name);
}

function namesMade({ as, act }: Step): string[] {
  const value = act.value as { as?: unknown };
  return [as, typeof value?.as === "string" ? value.as : ""].filter((name) => name !== "");
}

function checkPlaceholder(name: string, names: ReadonlySet<string>): void {
  if (/^(id:\d+|ms:\d+|now[+-]\d+|uuid7:-?\d+)$/.test(name) || names.has(name) || names.has(name.split(".")[0]!))
    return;
  throw new SuiteError(`\${${name}} is no axis, no name of a step and none that the runner knows`);
}
