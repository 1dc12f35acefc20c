/** Comments, quoted texts and the statement's end: what a `;` may hide in, and the `;` itself. */
const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|;/g;

const trigger = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i;

/**
 * Splits SQL into its statements, so that every client can run a migration file. Understands comments, quotes,
 * PostgreSQL's dollar quotes and the body of an SQLite trigger.
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let bare = "";
  let from = 0;
  for (const match of text.matchAll(token)) {
    bare += text.slice(from, match.index);
    from = match.index + match[0].length;
    if (match[0] !== ";") {
      if (!match[0].startsWith("--") && !match[0].startsWith("/*")) bare += "''";
      continue;
    }
    if (isInsideTrigger(bare)) continue;
    if (bare.trim() !== "") statements.push(text.slice(start, match.index).trim());
    start = from;
    bare = "";
  }
  if ((bare + text.slice(from)).trim() !== "") statements.push(text.slice(start).trim());
  return statements;
}

function isInsideTrigger(bare: string): boolean {
  if (!trigger.test(bare)) return false;
  const opened = bare.match(/\b(?:BEGIN|CASE)\b/gi)?.length ?? 0;
  const ended = bare.match(/\bEND\b/gi)?.length ?? 0;
  return opened > ended;
}
