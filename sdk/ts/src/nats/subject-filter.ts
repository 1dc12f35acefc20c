/** A subject that can be published to: non-empty tokens, no wildcard, no white space. */
const literalSubject = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/;

/** Tells whether a subject names one place only. nats-server itself takes wildcards and stores them literally. */
export function isLiteralSubject(subject: string): boolean {
  return literalSubject.test(subject);
}

/** Tells whether a filter with `*` and `>` covers a literal subject. */
export function coversSubject(filter: string, subject: string): boolean {
  const wanted = filter.split(".");
  const tokens = subject.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">") return tokens.length > index;
    if (token !== "*" && token !== tokens[index]) return false;
  }
  return wanted.length === tokens.length;
}
