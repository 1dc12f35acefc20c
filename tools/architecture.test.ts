import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Boundary, boundaryFaults } from "./architecture/boundaries.ts";
import { fileCycles, folderCycles } from "./architecture/cycles.ts";
import { undocumentedExports } from "./architecture/docstrings.ts";
import { emptyNames, foldersWithoutReadme, longFiles } from "./architecture/names.ts";
import { undeclaredPackages, unexplainedPackages } from "./architecture/packages.ts";
import { readImports } from "./architecture/read-imports.ts";
import { ownFiles, readSources, root, sourceFile } from "./architecture/source-tree.ts";

const sdk = "sdk/ts/src";
const core = `${sdk}/core`;
const sql = `${sdk}/sql`;
const engine = ["outbox", "inbox", "consume", "lease", "publish", "breaker"].map((name) => `${sdk}/${name}`);
const adapters = ["nats", "embedded", "sqlite", "postgres"].map((name) => `${sdk}/${name}`);
const protobuf = ["@bufbuild/protobuf", "@concord/gen/concord/"];

/** Who may import whom. Ports live in `core`, so an adapter needs no other folder. */
const boundaries: readonly Boundary[] = [
  // The foundation: the protobuf runtime, the protocol's own generated code, nothing that talks to anybody.
  { folder: core, folders: ["gen/ts-proto"], packages: [...protobuf, "node:crypto"] },
  { folder: `${sdk}/validation`, folders: [core], packages: [...protobuf, "@bufbuild/protovalidate", "@bufbuild/re2"] },
  { folder: sql, folders: [core], packages: ["node:*"] },

  // The engine: ports in, ports out; its parts do not know each other, but for the lease that relay and consumer hold.
  { folder: `${sdk}/lease`, folders: [core], packages: [] },
  { folder: `${sdk}/publish`, folders: [core], packages: [...protobuf, "@opentelemetry/api"] },
  { folder: `${sdk}/outbox`, folders: [core, `${sdk}/lease`], packages: [...protobuf, "@opentelemetry/api"] },
  { folder: `${sdk}/breaker`, folders: [core], packages: ["cockatiel"] },
  { folder: `${sdk}/inbox`, folders: [core], packages: [...protobuf, "@opentelemetry/api"] },
  {
    folder: `${sdk}/consume`,
    folders: [core, `${sdk}/lease`],
    packages: [...protobuf, "@opentelemetry/api", "cockatiel"],
  },

  // The adapters: ports and one driver each, never each other.
  { folder: `${sdk}/nats`, folders: [core, `${sdk}/rpc`], packages: [...nats(), ...protobuf, "node:*"] },
  { folder: `${sdk}/embedded`, folders: [core, sql], packages: ["node:*", "node:sqlite"] },
  { folder: `${sdk}/sqlite`, folders: [core, sql], packages: ["node:*", "node:sqlite"] },
  { folder: `${sdk}/postgres`, folders: [core, sql], packages: ["node:*", "pg"] },
  {
    folder: `${sdk}/rpc`,
    folders: [core],
    packages: [
      ...protobuf,
      "@bufbuild/protovalidate",
      "@concord/gen/google/",
      "@concord/gen/grpc/",
      "@connectrpc/connect",
      "@connectrpc/connect-node",
      "@opentelemetry/api",
      "jose",
      "node:*",
    ],
  },

  // The composition: everything, but a driver only when it is asked for, so that importing `.` loads none.
  {
    folder: `${sdk}/service`,
    folders: [core, sql, ...engine, `${sdk}/validation`, `${sdk}/rpc`],
    lazyFolders: adapters,
    packages: [
      ...protobuf,
      "@connectrpc/connect",
      "@opentelemetry/api",
      "@opentelemetry/sdk-metrics",
      "pino",
      "node:*",
    ],
  },
  {
    folder: `${sdk}/testing`,
    folders: [
      core,
      sql,
      ...engine,
      `${sdk}/validation`,
      `${sdk}/rpc`,
      `${sdk}/service`,
      `${sdk}/embedded`,
      `${sdk}/sqlite`,
    ],
    packages: [
      ...protobuf,
      "@connectrpc/connect",
      "@opentelemetry/api",
      "fast-check",
      "vitest",
      "node:*",
      "node:sqlite",
    ],
  },
  {
    folder: `${sdk}/index.ts`,
    folders: [core, sql, ...engine, `${sdk}/validation`, `${sdk}/service`],
    packages: [],
  },

  // The command: contracts by the SDK's entry points, and what it prints.
  {
    folder: "sdk/cli/src",
    packages: ["@concord/sdk", ...protobuf, "@concord/gen/buf/", "commander", "yaml", "node:*"],
  },

  // Its tests on real servers.
  { folder: "sdk/cli/test", folders: ["tools/servers", "sdk/cli/src"], packages: ["*"] },

  // The users of all this: the SDK's entry points, generated code and packages that they declare themselves.
  // `services/shop` starts the others, on real servers and in Ruby when asked; no other service knows a second one.
  { folder: "services/shop", folders: ["services", "tools/servers", "tools/ruby/find-ruby.ts"], packages: ["*"] },
  { folder: "services/*", packages: ["*"] },
  // With the SDK on both ends, its faults would cancel out.
  {
    folder: "conformance/runner",
    folders: ["tools/servers"],
    packages: ["@concord/gen", "@bufbuild/protobuf", "nats", "pg", "yaml", "node:*", "node:sqlite"],
  },
  // What is golden comes from plain protobuf runtimes and the runner's own reading of the rules.
  {
    folder: "conformance/vectors",
    folders: ["conformance/runner"],
    packages: ["@concord/gen", "@bufbuild/protobuf", "protobufjs", "node:*"],
  },
  { folder: "conformance/testees", packages: ["@concord/sdk", "@concord/gen", "@bufbuild/protobuf", "*"] },
  { folder: "bench", folders: ["tools/servers", "tools/compile-protos.ts", sdk], packages: ["*", "node:sqlite"] },
  // The crash runs take the SDK apart, to put a fault into every gap.
  { folder: "tools/crash", folders: ["tools", sdk], packages: ["*", "node:sqlite"] },
  { folder: "tools/crash", folders: ["tools/servers", "tools/compile-protos.ts", sdk], packages: ["*"] },
  { folder: "tools", packages: ["*"] },
  // A replica in TypeScript that the Ruby tests share their tables with.
  { folder: "sdk/ruby/test/interop", folders: [sdk], packages: ["*"] },
  { folder: "docs", packages: ["*"] },
  { folder: "vitest.config.ts", packages: ["vitest", "node:*"] },
];

function nats(): string[] {
  return ["@nats-io/jetstream", "@nats-io/nats-core", "@nats-io/transport-node"];
}

const paths = ownFiles();
const sources = readSources(paths);
const sdkSources = sources.filter(({ path }) => path.startsWith(`${sdk}/`) && !path.endsWith(".test.ts"));

describe("the source tree", () => {
  it("crosses no boundary", () => {
    expect(boundaryFaults(sources, boundaries)).toEqual([]);
  });

  it("has no cycle of files", () => {
    expect(fileCycles(sources)).toEqual([]);
  });

  it("has no cycle of folders", () => {
    expect(folderCycles(sources)).toEqual([]);
  });

  it("declares every package that it imports where it imports it", () => {
    expect(undeclaredPackages(sources)).toEqual([]);
  });

  it("gives a reason for every dependency in a decision record", () => {
    const manifests = paths.filter((path) => path.endsWith("package.json"));
    const record = readFileSync(join(root, "docs", "adr", "0001-few-pinned-dependencies.md"), "utf8");
    expect(unexplainedPackages(manifests, record)).toEqual([]);
  });

  it("documents every export of the SDK", () => {
    expect(sdkSources.flatMap(undocumentedExports)).toEqual([]);
  });

  it("names no file and no folder after nothing", () => {
    expect(emptyNames(paths)).toEqual([]);
  });

  it("has no file beyond 400 lines, unless a decision record says why", () => {
    const folder = join(root, "docs", "adr");
    const records = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    expect(longFiles(sources, records)).toEqual([]);
  });

  it("explains each package, service and tool in a README", () => {
    expect(foldersWithoutReadme(paths, ["sdk", "services", "tools"])).toEqual([]);
  });
});

describe("the entry point of the SDK", { timeout: 20_000 }, () => {
  it("loads no driver", () => {
    const loaded = loadedBy("@concord/sdk");
    expect(loaded.some((url) => url.endsWith(`${sdk}/index.ts`))).toBe(true);
    expect(loaded.filter(isDriver)).toEqual([]);
  });

  it("would be caught with one", () => {
    expect(loadedBy("@concord/sdk/sqlite").filter(isDriver)).toContain("node:sqlite");
    expect(loadedBy("@concord/sdk/nats").filter(isDriver).length).toBeGreaterThan(0);
  });
});

function isDriver(url: string): boolean {
  return /^node:sqlite$|\/node_modules\/(pg|@nats-io)\/|\/sdk\/ts\/src\/(nats|embedded|sqlite|postgres)\//.test(url);
}

/** The URLs of all modules that Node loads for an import. */
function loadedBy(specifier: string): string[] {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({
      resolve(specifier, context, next) {
        const found = next(specifier, context);
        console.log(found.url);
        return found;
      },
    });
    await import(${JSON.stringify(specifier)});`;
  const args = ["--conditions=@concord/source", "--input-type=module", "-e", program];
  return execFileSync(process.execPath, args, { cwd: join(root, "sdk", "ts"), encoding: "utf8" }).split("\n");
}

describe("the reader of imports", () => {
  it("sees every form of import, of types too, and over several lines", () => {
    const source = [
      'import a from "./a.ts";',
      'import type { B } from "./b.ts";',
      'import {\n  c,\n  type D,\n} from "./c.ts";',
      'export * from "./e.ts";',
      'export { f } from "./f.ts";',
      'import "./g.ts";',
      'const h = await import("./h.ts");',
    ].join("\n");
    expect(readImports(source).map(({ specifier }) => specifier)).toEqual(
      ["a", "b", "c", "e", "f", "g", "h"].map((name) => `./${name}.ts`),
    );
    expect(readImports(source).at(-1)).toEqual({ specifier: "./h.ts", line: 10, dynamic: true });
  });

  it("sees no import in comments, strings, templates and regular expressions", () => {
    const source = [
      '// import "./a.ts";',
      '/* import b from "./b.ts"; */',
      'const c = `import c from "./c.ts"`;',
      "const d = 'import \"./d.ts\"';",
      'const e = text.replace(/import "/g, "");',
      'const from = "./f.ts";',
    ].join("\n");
    expect(readImports(source)).toEqual([]);
  });
});

describe("the architecture test bites", () => {
  const planted = (path: string, text: string) => boundaryFaults([sourceFile(path, text)], boundaries);

  it.each([
    ["core imports a layer", `${core}/a.ts`, 'import { x } from "../outbox/relay.ts";'],
    ["core imports a type of a driver", `${core}/a.ts`, 'import type { Pool } from "pg";'],
    ["core imports a contract of the shop", `${core}/a.ts`, 'import "@concord/gen/shop/orders/v1/orders_pb.js";'],
    ["the inbox imports the outbox", `${sdk}/inbox/a.ts`, 'export * from "../outbox/relay.ts";'],
    ["an adapter imports another", `${sdk}/nats/a.ts`, 'import { x } from "../postgres/a.ts";'],
    ["SQLite is used outside of its adapters", `${sdk}/service/a.ts`, 'import { DatabaseSync } from "node:sqlite";'],
    ["rpc imports messaging", `${sdk}/rpc/a.ts`, 'import { x } from "../outbox/relay.ts";'],
    ["the composition loads a driver at once", `${sdk}/service/a.ts`, 'import { x } from "../nats/index.ts";'],
    ["the composition loads a type of a driver", `${sdk}/service/a.ts`, 'import type { X } from "../nats/index.ts";'],
    ["a service imports another", "services/orders/a.ts", 'import { x } from "../payments/service.ts";'],
    ["a service imports the SDK's inside", "services/orders/a.ts", 'import { x } from "../../sdk/ts/src/index.ts";'],
    ["the conformance runner imports the SDK", "conformance/runner/a.ts", 'import { x } from "@concord/sdk";'],
    ["the SDK imports a tool", `${sdk}/nats/a.ts`, 'import { x } from "../../../../tools/servers/nats-server.ts";'],
    ["a source lies outside of every folder", "lib/a.ts", ""],
  ])("when %s", (_, path, text) => {
    expect(planted(path, text)).toHaveLength(1);
  });

  it("but not when the composition loads a driver on demand", () => {
    expect(planted(`${sdk}/service/a.ts`, 'await import("../nats/index.ts");')).toEqual([]);
  });

  it("when files import each other, and when folders do", () => {
    const a = sourceFile("sdk/a/one.ts", 'import { x } from "../b/two.ts";');
    const b = sourceFile("sdk/b/two.ts", 'import type { X } from "../a/one.ts";');
    const c = sourceFile("sdk/b/three.ts", 'import { x } from "../a/four.ts";');
    expect(fileCycles([a, b])).toEqual(["sdk/a/one.ts -> sdk/b/two.ts -> sdk/a/one.ts"]);
    expect(fileCycles([a, c])).toEqual([]);
    expect(folderCycles([a, c])).toEqual(["sdk/a -> sdk/b -> sdk/a"]);
  });

  it("when an export has no docstring, or a comment that is none, or one that is not directly above", () => {
    const text = [
      "/** Says what it is. */",
      "export const a = 1;",
      "export const b = 2;",
      "// A comment.",
      "export function c() {}",
      "/* A comment. */",
      "export class D {}",
      "/** Far away. */",
      "",
      "export type E = 1;",
      "/** Says what it is. */",
      "export function f(x: string): void;",
      "export function f(x: number): void;",
    ].join("\n");
    expect(undocumentedExports(sourceFile("x.ts", text))).toEqual(["x.ts:3 b", "x.ts:5 c", "x.ts:7 D", "x.ts:10 E"]);
  });

  it("when a package is imported that the manifest does not declare", () => {
    const sources = [sourceFile(`${sdk}/rpc/a.ts`, 'import { x } from "left-pad";')];
    expect(undeclaredPackages(sources)).toEqual([
      `${sdk}/rpc/a.ts imports "left-pad", which sdk/ts/package.json lacks`,
    ]);
  });

  it("when a dependency has no reason", () => {
    expect(unexplainedPackages(["sdk/ts/package.json"], "| `pino` | logs |")).toContain("cockatiel");
  });

  it("when a name says nothing, a file is too long or a folder is unexplained", () => {
    expect(emptyNames(["sdk/ts/src/utils/a.ts", "sdk/ts/src/types.ts", "sdk/ts/src/a.ts"])).toHaveLength(2);
    const long = sourceFile("sdk/a.ts", "x\n".repeat(401));
    expect(longFiles([long], [])).toEqual(["sdk/a.ts has 401 lines"]);
    expect(longFiles([long], ["Accepted: sdk/a.ts is one table."])).toEqual([]);
    expect(foldersWithoutReadme(["tools/a/b.ts", "tools/c/d.ts", "tools/c/README.md"], ["tools"])).toEqual(["tools/a"]);
  });
});
