import type { Mutation } from "@concord/gen/concord/conformance/v1/vector_pb.js";

/** Letters of verdicts by the code that a decoder answers; `o` is read. */
export const verdictLetters: Readonly<Record<string, string>> = {
  undecodable: "u",
  invalid_envelope: "i",
  invalid_attribute: "a",
};

/** Makes the broken copies of a body, in order. */
export function mutate({ by }: Pick<Mutation, "by">, body: Uint8Array): Uint8Array[] {
  if (by.case === "cut") return Array.from({ length: body.length }, (_, length) => body.slice(0, length));
  const { seed = 1, count = 0 } = by.case === "flip" ? by.value : {};
  const next = xorshift32(seed);
  return Array.from({ length: count }, () => {
    const bit = next() % (body.length * 8);
    const copy = Uint8Array.from(body);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    return copy;
  });
}

/** Marsaglia's generator of 32 bits (https://www.jstatsoft.org/v08/i14/paper): a few lines in every language. */
export function xorshift32(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

/** Spells `u3o` out as `uuuo`. */
export function spellVerdicts(text: string): string {
  return text.replace(/([a-z])(\d+)/g, (_, letter: string, count: string) => letter.repeat(Number(count)));
}

/** Writes `uuuo` as `u3o`. */
export function foldVerdicts(letters: string): string {
  return letters.replace(/([a-z])\1{2,}/g, (run, letter: string) => `${letter}${run.length}`);
}
