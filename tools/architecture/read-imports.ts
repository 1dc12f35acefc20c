/** One import of a module: `import … from`, `export … from`, `import "…"` or `import("…")`, of types or values alike. */
export interface Import {
  readonly specifier: string;
  /** Counted from 1. */
  readonly line: number;
  /** Whether it is loaded only when the expression runs. */
  readonly dynamic: boolean;
}

const statement =
  /\b(?:import|export)\b(?!\s*\()[^;"=()]*?\bfrom\s*"(\d+)"|\bimport\s*"(\d+)"|(\bimport\s*\(\s*)"(\d+)"/g;

/** Reads the imports of a TypeScript or JavaScript source; what stands in comments, strings and templates is none. */
export function readImports(source: string): Import[] {
  const { code, strings } = blankText(source);
  return [...code.matchAll(statement)].map((match) => {
    const text = strings[Number(match[1] ?? match[2] ?? match[4])]!;
    return { specifier: text.value, line: text.line, dynamic: match[3] !== undefined };
  });
}

interface Text {
  readonly value: string;
  readonly line: number;
}

// In this order: comments, strings, templates (with a template inside of `${}`), and regular expressions, which stand
// where a value may begin.
const lexeme = new RegExp(
  [
    /\/\/.*/,
    /\/\*[\s\S]*?\*\//,
    /"(?:\\.|[^"\\\n])*"/,
    /'(?:\\.|[^'\\\n])*'/,
    /`(?:\\.|\$\{(?:[^`{}]|`(?:\\.|[^`\\])*`|\{[^{}]*\})*\}|[^`\\])*`/,
    /(?<=(?:^|[(,=:[!&|?{};]|=>|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);

/** Drops comments, templates and regular expressions, and puts each string's number in its place. */
function blankText(source: string): { readonly code: string; readonly strings: readonly Text[] } {
  const strings: Text[] = [];
  const code = source.replace(lexeme, (found, at: number) => {
    if (found[0] !== '"' && found[0] !== "'") return " ";
    strings.push({ value: found.slice(1, -1), line: source.slice(0, at).split("\n").length });
    return `"${strings.length - 1}"`;
  });
  return { code, strings };
}
