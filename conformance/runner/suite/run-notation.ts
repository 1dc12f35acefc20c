import { SuiteError } from "./suite-error.ts";

/** What a key's list holds: numbers for runs and attempts, words for outcomes. */
export interface KeyedList {
  /** `-` stands for "no key". */
  readonly key: string;
  readonly items: readonly string[];
}

/** One event by key and count. */
export interface KeyAndN {
  /** Undefined: without a key. */
  readonly key: string | undefined;
  readonly n: number;
}

/** The key that stands for none. */
export const noKey = "-";

/**
 * Reads `k:1..3 5; m:1` into the lists of its keys, ranges spelt out.
 * @throws {SuiteError} for anything else.
 */
export function parseKeyedLists(text: string): KeyedList[] {
  const lists = text.split(";").map((part) => part.trim());
  return lists.filter((part) => part !== "").map((part) => parseList(part, text));
}

function parseList(part: string, text: string): KeyedList {
  const [, key, rest] = /^([^:]+)(?::\s*(.*))?$/.exec(part) ?? [];
  if (key === undefined) throw new SuiteError(`"${text}" is not in the notation "k:1..3 5; m:1"`);
  const items = (rest ?? "").split(/\s+/).filter((item) => item !== "");
  return { key: key.trim(), items: items.flatMap(spellRange) };
}

function spellRange(item: string): string[] {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(item) ?? [];
  if (first === undefined) return [item];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => String(Number(first) + index));
}

/** Reads events: `k:1..3; m:1`, in that order or taking keys in turn. */
export function parseEvents(text: string, mixed: boolean): KeyAndN[] {
  const lists = parseKeyedLists(text).map(({ key, items }) =>
    items.map((item) => ({ key: key === noKey ? undefined : key, n: countOf(item, text) })),
  );
  if (!mixed) return lists.flat();
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat();
}

function countOf(item: string, text: string): number {
  if (/^\d+$/.test(item)) return Number(item);
  throw new SuiteError(`"${item}" in "${text}" is no number`);
}

/** One moment of a case: a run that begins or ends, or a step that was done. */
export interface Moment {
  readonly key: string;
  readonly n: number;
  /** The how manieth run of it. */
  readonly run: number;
  readonly end: boolean;
}

/** Reads `k:1`, `k:1#2`, `k:1.` or `k:1#2.`; undefined when it is none, so the name of a step. */
export function parseMoment(text: string): Moment | undefined {
  const [, key, n, run = "1", end] = /^([^:]+):(\d+)(?:#(\d+))?(\.)?$/.exec(text) ?? [];
  return key === undefined ? undefined : { key, n: Number(n), run: Number(run), end: end !== undefined };
}

/** Writes lists in the same notation, ranges folded. */
export function formatKeyedLists(lists: readonly KeyedList[]): string {
  return lists.map(({ key, items }) => `${key}: ${foldRanges(items).join(" ")}`).join("; ") || "nothing";
}

function foldRanges(items: readonly string[]): string[] {
  const folded: string[] = [];
  for (let start = 0; start < items.length; ) {
    let end = start;
    while (end + 1 < items.length && Number(items[end + 1]) === Number(items[end]) + 1) end++;
    folded.push(...(end - start >= 3 ? [`${items[start]}..${items[end]}`] : items.slice(start, end + 1)));
    start = end + 1;
  }
  return folded;
}
