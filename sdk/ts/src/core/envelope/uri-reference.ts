// The grammar of RFC 3986, appendix A. Runs are written as `x*(?:%hh x*)*`, so that no text takes more than linear time.
const run = (chars: string) => `[${chars}]*(?:%[0-9A-Fa-f]{2}[${chars}]*)*`;
const common = "-A-Za-z0-9._~!$&'()*+,;=";
const path = `(?:/${run(`${common}:@`)})*`;
const authority = `//(?:${run(`${common}:`)}@)?(?:\\[[A-Za-z0-9:.]+\\]|${run(common)})(?::[0-9]*)?${path}`;
const withScheme = `[A-Za-z][A-Za-z0-9+.-]*:(?:${authority}|(?!//)(?:${run(`${common}:@`)})${path})`;
const withoutScheme = `(?:${authority}|(?!//)(?:${run(`${common}@`)})${path})`;
const rest = run(`${common}:@/?`);
const uriReference = new RegExp(`^(?:${withScheme}|${withoutScheme})(?:\\?${rest})?(?:#${rest})?$`);

/** What nearly every source consists of; each such text is a URI-reference. */
const plainPath = /^[A-Za-z0-9._~/-]+$/;

/** Tells whether a text is a URI-reference in ASCII, such as `/shop/orders` (RFC 3986, section 4.1). */
export function isUriReference(text: string): boolean {
  return plainPath.test(text) || uriReference.test(text);
}
