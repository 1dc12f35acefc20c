import { readFile } from "node:fs/promises";
import type { DescService } from "@bufbuild/protobuf";

/** Where the reference of each contract is generated. */
const folder = new URL("../../gen/openapi/", import.meta.url);

interface OpenApi {
  readonly tags: readonly object[];
  readonly paths: Readonly<Record<string, object>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Makes one OpenAPI document of those that were generated from the contracts of services, with the contracts' comments. */
export async function readReference(services: readonly DescService[]): Promise<object> {
  const documents = await Promise.all(services.map(({ file }) => readDocument(`${file.name}.openapi.json`)));
  const paths: Record<string, object> = {};
  for (const document of documents) {
    // Services share paths, such as those of a user, each with verbs of its own.
    for (const [path, verbs] of Object.entries(document.paths)) paths[path] = { ...paths[path], ...verbs };
  }
  return {
    openapi: "3.1.1",
    info: { title: "The shop", version: "0.0.0" },
    tags: documents.flatMap(({ tags }) => tags),
    paths,
    components: { schemas: Object.assign({}, ...documents.map(({ components }) => components.schemas)) },
  };
}

async function readDocument(path: string): Promise<OpenApi> {
  return JSON.parse(await readFile(new URL(path, folder), "utf8"));
}
