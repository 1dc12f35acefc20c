// The grammar of RFC 3986, appendix A. Runs are written as `x*(?:%hh x*)*`, so that no text takes more than linear time.
const run = (chars: string) => `[${chars}]*(?:%[0-9A-Fa-f]{2}[${chars}]*)*`;
const unreserved = "-A-Za-z0-9._~!$&'()*+,;=";
const segment = run(`${unreserved}:@`);
const firstSegmentWithoutColon = run(`${unreserved}@`);
const userInfo = run(`${unreserved}:`);
const host = `(?:\\[[A-Za-z0-9:.]+\\]|${run(unreserved)})`;
const authority = `//(?:${userInfo}@)?${host}(?::[0-9]*)?(?:/${segment})*`;
const absolutePath = `/(?!/)${segment}(?:/${segment})*`;
const hierarchicalPart = `(?:${authority}|${absolutePath}|${segment}(?:/${segment})*)`;
const relativePart = `(?:${authority}|${absolutePath}|${firstSegmentWithoutColon}(?:/${segment})*)`;
const tail = `(?:\\?${run(`${unreserved}:@/?`)})?(?:#${run(`${unreserved}:@/?`)})?`;
const uriReference = new RegExp(`^(?:[A-Za-z][A-Za-z0-9+.-]*:${hierarchicalPart}|${relativePart})${tail}$`);

/** Tells whether a text is a URI-reference in ASCII, such as `/shop/orders` (RFC 3986, section 4.1). */
const plainPath = /^[A-Za-z0-9._~/-]+$/;

export function isUriReference(text: string): boolean {
  return plainPath.test(text) || uriReference.test(text);
}
