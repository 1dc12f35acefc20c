/** A subject filter, read once. `*` stands for one token, a last `>` for one or more. */
export interface SubjectFilter {
  readonly text: string;
  /** Tells whether a subject is one of the filter's. */
  matches(subject: string): boolean;
  /** The one partition that all its subjects of Concord's form are in; undefined when there may be several. */
  readonly partition: number | undefined;
  /** The filter as an SQLite GLOB, which lets through all that it matches and perhaps more. */
  readonly glob: string;
  /** Whether the GLOB lets through no subject that the filter does not match. */
  readonly isGlob: boolean;
}

/** Reads a subject filter. */
export function compileFilter(text: string): SubjectFilter {
  const pattern = new RegExp(`^${tokensOf(text).map(toPattern).join("\\.")}$`);
  return {
    text,
    matches: (subject) => pattern.test(subject),
    partition: partitionOf(text),
    glob: tokensOf(text).map(toGlob).join("."),
    isGlob: !tokensOf(text).includes("*"),
  };
}

/** Tells whether a text is a subject that a message can have: tokens without blanks and wildcards, joined by dots. */
export function isSubject(text: string): boolean {
  return /^[^\s.*>]+(\.[^\s.*>]+)*$/.test(text);
}

/** Tells whether a text is a subject or a filter of subjects. */
export function isFilter(text: string): boolean {
  return /^([^\s.*>]+|\*)(\.([^\s.*>]+|\*))*(\.>)?$|^>$/.test(text);
}

/** Tells whether some subject could match both filters. */
export function filtersOverlap(one: string, other: string): boolean {
  const [a, b] = [tokensOf(one), tokensOf(other)];
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === ">" || b[i] === ">") return true;
    if (a[i] !== b[i] && a[i] !== "*" && b[i] !== "*") return false;
  }
  return a.length === b.length;
}

/** Tells whether every subject of the second filter is one of the first. */
export function filterCovers(outer: string, inner: string): boolean {
  const [a, b] = [tokensOf(outer), tokensOf(inner)];
  for (const [i, token] of a.entries()) {
    if (token === ">") return b.length > i;
    if (b[i] === undefined || b[i] === ">") return false;
    if (token !== "*" && token !== b[i]) return false;
  }
  return a.length === b.length;
}

/**
 * The partition in a subject or filter of Concord's form (`core/subject.ts`), undefined when there is none or a
 * wildcard hides it. Where a filter has one, every subject that it matches has the same: the tokens that say where the
 * partition stands are literal in the filter, so they are the same in the subject.
 */
export function partitionOf(text: string): number | undefined {
  const found = partitionPattern.exec(text);
  return found === null ? undefined : Number(found[1]);
}

/** `[ns.]evt.<stream>.<partition>.…`, below `dlq` and `rdr` with the service before `evt`. */
const partitionPattern = new RegExp(
  "^(?:(?!(?:evt|cmd|dlq|rdr)\\.)[^.*]+\\.)?" + // the namespace, which has none of the trees' names
    "(?:evt|cmd|(?:dlq|rdr)\\.[^.]+\\.[^.]+)" +
    "\\.[^.]+\\.(0|[1-9][0-9]{0,2})\\.",
);

function tokensOf(text: string): string[] {
  return text.split(".");
}

function toPattern(token: string): string {
  if (token === "*") return "[^.]+";
  return token === ">" ? ".+" : token.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function toGlob(token: string): string {
  return token === ">" ? "*" : token.replace(/[[?]/g, "[$&]");
}
