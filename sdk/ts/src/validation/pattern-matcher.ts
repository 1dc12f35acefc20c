import { RE2JS } from "@bufbuild/re2";

/** Tells whether a text matches a pattern of RE2 (https://github.com/google/re2/wiki/Syntax). */
export type PatternMatcher = (pattern: string, text: string) => boolean;

/** One class of characters, repeated, over the whole text: every engine reads it alike and in linear time. */
const singleClass = /^\^\[[^\]\\[]+\](?:\{[0-9]+(?:,[0-9]*)?\}|[+*])\$$/;

/** Patterns come from contracts and are few; expressions of one's own may compute some, which must not pile up. */
const maxPatterns = 1_024;

/**
 * Makes a matcher that compiles each pattern once. Ids and names, a class of characters each, are matched by the platform,
 * ten times as fast; everything else by RE2, which no text can slow down.
 */
export function createPatternMatcher(): PatternMatcher {
  const compiled = new Map<string, { test(text: string): boolean }>();
  return (pattern, text) => {
    let matcher = compiled.get(pattern);
    if (matcher === undefined) {
      if (compiled.size >= maxPatterns) compiled.clear();
      matcher = singleClass.test(pattern) ? new RegExp(pattern, "u") : RE2JS.compile(pattern);
      compiled.set(pattern, matcher);
    }
    return matcher.test(text);
  };
}
