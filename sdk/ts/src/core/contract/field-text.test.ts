import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { compileProtos } from "../../../../../tools/compile-protos.ts";
import { findFieldPath } from "./field-path.ts";
import { fieldText, hasFieldText, joinFieldTexts } from "./field-text.ts";

const schema = compileProtos({
  "text.proto": `
    syntax = "proto3";
    package text;
    enum Size { SIZE_UNSPECIFIED = 0; SIZE_BIG = 7; SIZE_NEGATIVE = -2; }
    message Text {
      string s = 1; bool b = 2; int32 i = 3; sint64 l = 4; uint64 u = 5; Size e = 6; fixed32 f = 7;
      optional int32 zero = 8; optional bool no = 9; optional string empty = 10; optional Size none = 11;
      oneof choice { string left = 12; uint32 right = 13; }
      float bad_float = 14; double bad_double = 15; bytes bad_bytes = 16;
      repeated string bad_list = 17; map<string, string> bad_map = 18; Text bad_message = 19;
    }
  `,
}).getMessage("text.Text")!;
const pathOf = (name: string) => findFieldPath(schema, name)!;

test.each([
  ["s", "as it is ü/%", "as it is ü/%"],
  ["b", true, "true"],
  ["i", -2_147_483_648, "-2147483648"],
  ["l", -9_223_372_036_854_775_808n, "-9223372036854775808"],
  ["u", 18_446_744_073_709_551_615n, "18446744073709551615"],
  ["e", 7, "7"],
  ["e", -2, "-2"],
  ["e", 99, "99"],
  ["f", 4_294_967_295, "4294967295"],
  ["zero", 0, "0"],
  ["no", false, "false"],
  ["none", 0, "0"],
  ["empty", "", ""],
])("F26: field %s with %s has the text %s", (name, value, text) => {
  expect(fieldText(create(schema, { [name]: value } as never), pathOf(name))).toBe(text);
});

test("F26: the set member of a oneof has a text, the others none", () => {
  const message = create(schema, { choice: { case: "right", value: 5 } } as never);
  expect(fieldText(message, pathOf("right"))).toBe("5");
  expect(fieldText(message, pathOf("left"))).toBeUndefined();
});

test.each(["s", "b", "i", "l", "u", "e", "f", "zero", "no", "none", "empty"])(
  "F26: an unset %s has no text",
  (name) => {
    expect(fieldText(create(schema), pathOf(name))).toBeUndefined();
  },
);

test("floats, bytes, lists, maps and messages have no text", () => {
  const without = schema.fields.filter((field) => !hasFieldText(field)).map((field) => field.name);
  expect(without).toEqual(["bad_float", "bad_double", "bad_bytes", "bad_list", "bad_map", "bad_message"]);
});

test("no two lists of texts join to the same key", () => {
  const lists = [["a", "b"], ["a/b"], ["a%2Fb"], ["a", "", "b"], ["", "ab"], ["ab", ""], ["_"], ["%5F"]];
  expect(new Set(lists.map(joinFieldTexts)).size).toBe(lists.length);
});
