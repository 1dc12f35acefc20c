import type { EnvelopeAttributes } from "./envelope.ts";

type MutableAttributes = Record<string, string>;

// A constructor with an empty prototype, as objects of it are several times faster to fill and to list than those of
// Object.create(null).
const Attributes = function Attributes() {} as unknown as new () => MutableAttributes;
Attributes.prototype = Object.freeze(Object.create(null));

/** Makes attributes to be filled. They inherit nothing: neither `constructor` nor `__proto__` is found unless it was put in. */
export function createAttributes(): MutableAttributes {
  return new Attributes();
}

/** The attributes of an envelope that has none. */
export const noAttributes: EnvelopeAttributes = Object.freeze(createAttributes());

/** Copies attributes in the order of their names, which is the order that every writer emits (conformance F6). */
export function sortAttributes(attributes: EnvelopeAttributes): EnvelopeAttributes {
  const sorted = createAttributes();
  for (const name of Object.keys(attributes).sort()) sorted[name] = attributes[name]!;
  return sorted;
}

/** Tells whether attributes are in the order of their names already. */
export function areSorted(attributes: EnvelopeAttributes): boolean {
  const names = Object.keys(attributes);
  for (let i = 1; i < names.length; i++) if (names[i - 1]! > names[i]!) return false;
  return true;
}
