import { expect, test } from "vitest";
import { parseJson } from "./parse-json.ts";

test.each([
  ["", "line 1, column 1: it ends there"],
  ['{"a": 1', "line 1, column 8: it ends there"],
  ['{\n  "a": ada\n}', "line 2, column 8, in a, before ada"],
  ['{"a": 1,}', "line 1, column 9, before }"],
  ["[1 2]", "line 1, column 4, before 2]"],
  ['{"lines": [{"quantity": 1}, {"quantity": 1,5}]}', "line 1, column 44, in lines[1], before 5}]}"],
  ["{a: 1}", "line 1, column 2, before a:"],
  ['{"a" 1}', "line 1, column 6, before 1}"],
  ['{"a": "x\ny"}', 'line 1, column 7, in a, before "x'],
  ["{} {}", "line 1, column 4, before {}"],
  ["01", "line 1, column 2, before 1"],
])("%j is told with its place", (text, place) => {
  expect(() => parseJson(text)).toThrow(place);
});

test("JSON is parsed", () => {
  expect(parseJson('{"a": [1, -2.5e3, "\\u00e4", null, true]}')).toEqual({ a: [1, -2500, "ä", null, true] });
});
