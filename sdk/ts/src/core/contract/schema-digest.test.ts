import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { DescMessage } from "@bufbuild/protobuf";
import * as fixtures from "@concord/gen/concord/conformance/v1/fixture_schema_pb.js";
import { describe, expect, it } from "vitest";
import { schemaDigest } from "./schema-digest.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../../../../../conformance/vectors/schema.json", import.meta.url), "utf8"),
) as { vectors: { id: string; request: { schema_of: { type: string } }; reply: { data_schema: string } }[] };

const schemas = (Object.values(fixtures) as object[]).filter(
  (each): each is DescMessage => "kind" in each && each.kind === "message",
);

/** The digest of lines as a person writes them down, by rule F16. */
function digestOf(lines: string): string {
  const text = lines
    .trim()
    .split("\n")
    .map((line) => `concord.conformance.v1.${line.trim().replaceAll(" ~", " concord.conformance.v1.")}\n`)
    .sort()
    .join("");
  return `urn:concord:schema:${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

describe("the digest of a schema (F16)", () => {
  it.each(vectors.vectors)("is that of vector $id", ({ request, reply }) => {
    const schema = schemas.find(({ typeName }) => typeName === request.schema_of.type);
    expect(schemaDigest(schema!)).toBe(reply.data_schema);
  });

  it("names every type that is reached once, also one that reaches itself", () => {
    expect(schemaDigest(fixtures.SchemaTreeSchema)).toBe(
      digestOf(`
        SchemaTree 1 leaf message singular ~SchemaLeaf
        SchemaTree 2 children message repeated ~SchemaTree
        SchemaLeaf 1 value string singular`),
    );
  });

  it("names labels as they are written, members of a choice as singular and entries of a map as messages", () => {
    expect(schemaDigest(fixtures.SchemaLabelsSchema)).toBe(
      digestOf(`
        SchemaLabels 1 one string singular
        SchemaLabels 2 maybe string optional
        SchemaLabels 3 many string repeated
        SchemaLabels 4 counts message map ~SchemaLabels.CountsEntry
        SchemaLabels.CountsEntry 1 key string singular
        SchemaLabels.CountsEntry 2 value int32 singular
        SchemaLabels 5 leaves message map ~SchemaLabels.LeavesEntry
        SchemaLabels.LeavesEntry 1 key int64 singular
        SchemaLabels.LeavesEntry 2 value message singular ~SchemaLeaf
        SchemaLabels 6 text string singular
        SchemaLabels 7 leaf message singular ~SchemaLeaf
        SchemaLeaf 1 value string singular`),
    );
  });

  it("has a line for each value of an enum", () => {
    expect(schemaDigest(fixtures.SchemaEnumsSchema)).toBe(
      digestOf(`
        SchemaEnums 1 size enum singular ~SchemaEnums.Size
        SchemaEnums 2 colour enum singular ~SchemaColour
        SchemaEnums.Size 0 SIZE_UNSPECIFIED
        SchemaEnums.Size 1 SIZE_SMALL
        SchemaColour 0 SCHEMA_COLOUR_UNSPECIFIED
        SchemaColour 5 SCHEMA_COLOUR_RED
        SchemaColour -1 SCHEMA_COLOUR_INFRARED`),
    );
  });

  it("differs as soon as anything on the wire does", () => {
    expect(new Set(schemas.map(schemaDigest)).size).toBe(schemas.length);
  });
});
