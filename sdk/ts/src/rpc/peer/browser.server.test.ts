import { fileURLToPath } from "node:url";
import type { DescFile } from "@bufbuild/protobuf";
import { create, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallLabOutcome } from "../../../../../tools/browser/call-lab.ts";
import { type BrowserPage, openBrowserPage } from "../../../../../tools/browser/play.ts";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { findChromium } from "../../../../../tools/servers/chromium-binary.ts";
import { ConcordError } from "../../core/error.ts";
import { createValidation } from "../../validation/validation.ts";
import { rpcRoute } from "../router.ts";
import { createRpcServer, type RpcServer } from "../server.ts";

const program = fileURLToPath(new URL("../../../../../tools/browser/call-lab.ts", import.meta.url));
const found = await findChromium();
const lab = compileLab();
const route = rpcRoute(lab.service, {
  say({ text }, context) {
    if (text === "hang") return new Promise<never>(() => {});
    if (text === "boom") throw new TypeError("password=hunter2");
    if (text === "gone") throw new ConcordError("not_found", "é gone");
    context.responseHeader.set("x-echo", context.requestHeader.get("idempotency-key") ?? "");
    context.responseHeader.set("idempotency-replayed", "true");
    context.responseTrailer.set("x-end", "end");
    return { text: `${text}!` };
  },
  look: ({ text }, { requestMethod }) => ({ text: `${text} by ${requestMethod}` }),
  async *count({ count }) {
    for (let n = 1; n <= count; n++) yield { count: n };
    if (count === 7) throw new ConcordError("failed_precondition", "no more");
  },
});

/** A file with all that it imports, each behind what it imports itself. */
function withImports(file: DescFile, into = new Set<FileDescriptorProto>()): Set<FileDescriptorProto> {
  for (const each of file.dependencies) withImports(each, into);
  return into.add(file.proto);
}

describe.skipIf(!found.available)("connect-web in Chromium, on a page of another origin", () => {
  let page: BrowserPage;
  let server: RpcServer;
  let closed: RpcServer;
  let outcomes: Record<string, CallLabOutcome>;

  beforeAll(async () => {
    if (!found.available) return;
    page = await openBrowserPage(found, program);
    const common = { name: "lab", routes: [route], validate: createValidation() };
    server = await createRpcServer({
      ...common,
      cors: { origins: [page.origin], headers: ["x-echo", "x-end", "trailer-x-end"] },
    });
    closed = await createRpcServer({ ...common, cors: { origins: ["https://other.example"] } });
    const set = create(FileDescriptorSetSchema, { file: [...withImports(lab.service.file)] });
    const contract = Buffer.from(toBinary(FileDescriptorSetSchema, set)).toString("base64");
    const settings = { url: server.url, closedUrl: closed.url, contract };
    outcomes = (await page.play(settings)) as typeof outcomes;
  });
  afterAll(async () => {
    await Promise.all([server?.close(), closed?.close(), page?.[Symbol.asyncDispose]()]);
  });

  describe.each(["Connect, protobuf", "Connect, JSON", "Connect, GET", "gRPC-Web, protobuf", "gRPC-Web, JSON"])(
    "by %s",
    (name) => {
      const outcome = () => outcomes[name]!;

      it("calls unary methods and reads streams", () => {
        const verb = name.endsWith("GET") ? "GET" : "POST";
        expect(outcome()).toMatchObject({ said: "é % 😀!", looked: `hi by ${verb}`, counted: [1, 2, 3, 4, 5] });
      });

      it("sends an idempotency key and reads heads and trailers that it is permitted", () => {
        expect(outcome().echoed).toEqual({ head: "k-1", trailer: "end", replayed: "true" });
      });

      it("gets failures by code, with message and fields, and nothing of the inside", () => {
        const { failures, countedBeforeFailure } = outcome();
        expect(failures).toMatchObject({
          gone: { code: "NotFound", message: "é gone" },
          boom: { code: "Internal", message: "internal error" },
          invalid: { code: "InvalidArgument", fields: ["text", "count"] },
          unknown: { code: "Unimplemented" },
          late: { code: "DeadlineExceeded" },
          stream: { code: "FailedPrecondition", message: "no more" },
        });
        expect(countedBeforeFailure).toBe(7);
      });

      it("is kept by the browser from a server that does not permit its origin", () => {
        expect(outcome().closed).toBe("Unknown");
      });
    },
  );
});
