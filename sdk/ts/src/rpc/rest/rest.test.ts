import type { DescService } from "@bufbuild/protobuf";
import { create, type MessageShape } from "@bufbuild/protobuf";
import { OrderSchema, OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileProtos } from "../../../../../tools/compile-protos.ts";
import { ConcordError } from "../../core/error.ts";
import { createValidation } from "../../validation/validation.ts";
import { rpcRoute } from "../router.ts";
import { createRpcServer, type RpcServer } from "../server.ts";

const contract = `
syntax = "proto3";
package lib.v1;
import "buf/validate/validate.proto";
import "concord/rpc/v1/options.proto";
import "google/api/annotations.proto";
import "google/protobuf/timestamp.proto";

enum Kind { KIND_UNSPECIFIED = 0; KIND_NOVEL = 1; KIND_POEM = 2; }
message Author { string name = 1; int64 born = 2; Kind kind = 3; }
message Book {
  string name = 1;
  Kind kind = 2;
  repeated Kind kinds = 3;
  map<string, Kind> by_reader = 4;
  Author author = 5;
  repeated string tags = 6;
  bool lent = 7;
  int64 pages = 8;
  double price = 9;
  bytes cover = 10;
  google.protobuf.Timestamp printed_at = 11;
  string shelf_id = 12 [(buf.validate.field).string.max_len = 8];
  int32 count = 13 [(buf.validate.field).int32.lte = 10];
}
message Answer { Book book = 1; string note = 2; }
service LibraryService {
  rpc CreateBook(Book) returns (Answer) { option (google.api.http) = {post: "/shelves/{shelf_id}/books" body: "*" response_body: "book"}; }
  rpc GetBook(Book) returns (Answer) {
    option (google.api.http) = {
      get: "/v1/{name=shelves/*/books/*}"
      additional_bindings {get: "/books/{name}"}
      additional_bindings {get: "/files/{name=**}"}
      additional_bindings {get: "/by/{author.name}/{author.kind}"}
    };
  }
  rpc FindBooks(Book) returns (Answer) { option (google.api.http) = {get: "/books"}; }
  rpc NewestBook(Book) returns (Answer) { option (google.api.http) = {get: "/books/newest"}; }
  rpc UpdateBook(Book) returns (Answer) { option (google.api.http) = {patch: "/books/{name}" body: "author" additional_bindings {put: "/books/{name}" body: "*"}}; }
  rpc DeleteBook(Book) returns (Answer) { option (google.api.http) = {delete: "/books/{name}"}; }
  rpc LendBook(Book) returns (Answer) {
    option (google.api.http) = {post: "/books/{name}:lend" body: "*"};
    option (concord.rpc.v1.method) = {success_status: 202};
  }
  rpc CopyBook(Book) returns (Answer) { option (google.api.http) = {custom: {kind: "COPY" path: "/books/{name}"}}; }
  rpc FailBook(Book) returns (Answer) { option (google.api.http) = {post: "/fail/{name}"}; }
}
`;

const files = compileProtos({ "lib/v1/lib.proto": contract });
const library = files.getService("lib.v1.LibraryService")!;
let server: RpcServer;

beforeAll(async () => {
  const echo = (book: object) => ({ book, note: "ok" });
  const fail = ({ name }: { name: string }) => {
    if (name === "boom") throw new TypeError("password=hunter2");
    throw new ConcordError(name as "not_found", "refused");
  };
  const implementation = Object.fromEntries(library.methods.map(({ localName }) => [localName, echo]));
  const note = (text: string) => (book: object) => ({ book, note: text });
  server = await createRpcServer({
    name: "library",
    routes: [
      rpcRoute(library as DescService, { ...implementation, failBook: fail, newestBook: note("newest") } as never),
    ],
    validate: createValidation(),
    maxMessageBytes: 1_000,
  });
});
afterAll(() => server.close());

async function call(verb: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(`${server.url}${path}`, { method: verb, headers: { ...type, ...headers }, ...sent });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

describe("REST paths", () => {
  it("take variables from the path, all else from the body, and answer what was created with 201", async () => {
    const { status, body } = await call("POST", "/shelves/s1/books", { name: "Emma", shelf_id: "other" });
    expect([status, body]).toEqual([201, { name: "Emma", shelf_id: "s1" }]);
  });

  it.each([
    ["GET", "/v1/shelves/1/books/2", { name: "shelves/1/books/2" }],
    ["GET", "/books/a%2Fb%20%C3%A9", { name: "a/b é" }],
    ["GET", "/files/a/b%2Fc", { name: "a/b%2Fc" }],
    ["GET", "/by/Jane%20Austen/NOVEL", { author: { name: "Jane Austen", kind: "NOVEL" } }],
    ["DELETE", "/books/x", { name: "x" }],
    ["COPY", "/books/x", { name: "x" }],
    ["GET", "/books/..%2F..%2Fetc%2Fpasswd", { name: "../../etc/passwd" }],
  ])("answer %s %s", async (verb, path, book) => {
    expect(await call(verb, path)).toMatchObject({ status: 200, body: { book, note: "ok" } });
  });

  it("prefer what says more of the path", async () => {
    expect((await call("GET", "/books/newest")).body).toMatchObject({ note: "newest" });
  });

  it("know verbs at the end, and statuses that the contract states", async () => {
    expect(await call("POST", "/books/x:lend", {})).toMatchObject({ status: 202, body: { book: { name: "x" } } });
  });

  it("take one field as body, or the whole request", async () => {
    const author = { name: "Jane", born: "1775", kind: "NOVEL" };
    expect((await call("PATCH", "/books/x?tags=a", author)).body.book).toEqual({ name: "x", author, tags: ["a"] });
    expect((await call("PUT", "/books/x?tags=a", { author })).body.book).toEqual({ name: "x", author });
  });

  it("take all else from the query: nested, repeated, of every type, by either name", async () => {
    const query =
      "kind=POEM&kinds=NOVEL&kinds=KIND_POEM&author.name=Jane&author.born=1775&tags=a&tags=b&lent=true&pages=9007199254740993" +
      "&price=1.5&cover=AQI%3D&printedAt=2026-01-02T03:04:05Z&count=7&unknown=1&author.nobody=1";
    expect((await call("GET", `/books?${query}`)).body.book).toEqual({
      kind: "POEM",
      kinds: ["NOVEL", "POEM"],
      author: { name: "Jane", born: "1775" },
      tags: ["a", "b"],
      lent: true,
      pages: "9007199254740993",
      price: 1.5,
      cover: "AQI=",
      printed_at: "2026-01-02T03:04:05Z",
      count: 7,
    });
  });

  it("write and read short enum values, in lists and maps too, and read long ones and numbers", async () => {
    const book = { kind: "NOVEL", kinds: ["KIND_POEM", 1], by_reader: { ada: "POEM" }, author: { kind: 2 } };
    expect((await call("PUT", "/books/x", book)).body.book).toEqual({
      name: "x",
      kind: "NOVEL",
      kinds: ["POEM", "NOVEL"],
      by_reader: { ada: "POEM" },
      author: { kind: "POEM" },
    });
  });

  it.each([
    ["GET", "/books?kind=CHEQUE", "kind"],
    ["GET", "/books?lent=maybe", "lent"],
    ["GET", "/books?pages=many", "pages"],
    ["GET", "/books?name=a&name=b", "name"],
    ["GET", "/books?by_reader=x", "by_reader"],
  ])("refuse %s %s, naming the field and not the value", async (verb, path, field) => {
    const { status, body } = await call(verb, path);
    expect([status, body]).toMatchObject([400, { code: "invalid_argument", violations: [{ field }] }]);
    expect(JSON.stringify(body)).not.toMatch(/maybe|many|=x/);
  });

  it("refuse enum values in a body that there are not, naming the field and not the value", async () => {
    for (const [body, field] of [
      [{ kind: "CHEQUE" }, "kind"],
      [{ kinds: ["NOVEL", "CHEQUE"] }, "kinds[1]"],
      [{ author: { kind: "CHEQUE" } }, "author.kind"],
      [{ by_reader: { ada: "CHEQUE" } }, "by_reader"],
    ] as const) {
      const refused = await call("PUT", "/books/x", body);
      expect([refused.status, refused.body]).toMatchObject([
        400,
        { code: "invalid_argument", violations: [{ field }] },
      ]);
      expect(JSON.stringify(refused.body)).not.toContain("CHEQUE");
    }
  });

  it.each(["-1", "x", "1e3", "99999999999"])("refuse the deadline %s", async (timeout) => {
    const refused = await call("GET", "/books/x", undefined, { "connect-timeout-ms": timeout });
    expect([refused.status, refused.body]).toMatchObject([400, { code: "invalid_argument" }]);
  });

  it("refuse what breaks the contract with 400 and all fields", async () => {
    const { status, body } = await call("POST", "/shelves/much-too-long/books", { count: 11 });
    expect([status, body]).toMatchObject([400, { code: "invalid_argument" }]);
    expect(body.violations.map(({ field }: { field: string }) => field)).toEqual(["shelf_id", "count"]);
  });

  it.each([
    ["not_found", 404],
    ["already_exists", 409],
    ["failed_precondition", 409],
    ["permission_denied", 403],
    ["unauthenticated", 401],
    ["resource_exhausted", 429],
    ["unavailable", 503],
  ])("answer %s with %i", async (code, status) => {
    expect(await call("POST", `/fail/${code}`)).toMatchObject({ status, body: { code, message: "refused" } });
  });

  it("tell nothing of an unexpected failure (T28)", async () => {
    const { status, body } = await call("POST", "/fail/boom");
    expect([status, body]).toEqual([500, { code: "internal", message: "internal error" }]);
  });

  it("refuse another verb with 405 and those that there are, and unknown paths with 404", async () => {
    const wrong = await call("POST", "/books/x");
    expect([wrong.status, wrong.headers.get("allow")?.split(", ").toSorted()]).toEqual([
      405,
      ["COPY", "DELETE", "GET", "PATCH", "PUT"],
    ]);
    expect((await call("GET", "/nothing/here")).status).toBe(404);
    expect((await call("GET", "/books/x/y")).status).toBe(404);
  });

  it.each([
    ["no JSON", "{", {}, 400],
    ["no object", "[]", {}, 400],
    ["a wrong type", { tags: 7 }, {}, 400],
    ["another content type", "a=b", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["compression", "xxxx", { "content-encoding": "gzip" }, 415],
    ["too much", { name: "x".repeat(1_100) }, {}, 413],
  ])("refuse a body that is %s", async (_, body, headers, status) => {
    expect(await call("PUT", "/books/x", body, headers as Record<string, string>)).toMatchObject({ status });
  });

  it("refuse bytes that are no UTF-8, and percent signs that escape nothing", async () => {
    const headers = { "content-type": "application/json" };
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect((await fetch(`${server.url}/books/x`, { method: "PUT", headers, body: bytes })).status).toBe(400);
    expect((await call("GET", "/books/%zz")).status).toBe(400);
  });

  it("end at the deadline that the caller states", async () => {
    const slow = rpcRoute(library as DescService, { findBooks: () => new Promise(() => {}) } as never);
    await using hanging = await createRpcServer({ name: "library", routes: [slow] });
    const response = await fetch(`${hanging.url}/books`, { headers: { "connect-timeout-ms": "30" } });
    expect([response.status, await response.json()]).toMatchObject([504, { code: "deadline_exceeded" }]);
  });
});

it("serves the shop's own paths", async () => {
  const order: MessageShape<typeof OrderSchema> = create(OrderSchema, {
    orderId: "o-1",
    status: OrderStatus.CONFIRMED,
  });
  const route = rpcRoute(OrderService, { getOrder: ({ orderId }) => ({ order: { ...order, orderId } }) });
  await using shop = await createRpcServer({ name: "orders", routes: [route] });
  for (const path of ["/orders/o-7", "/api/orders/o-7"]) {
    expect(await (await fetch(`${shop.url}${path}`)).json()).toMatchObject({ order_id: "o-7", status: "CONFIRMED" });
  }
});

it("refuses contracts whose paths do not read or meet each other", async () => {
  const serve = (text: string) => {
    const service = compileProtos({
      "bad/v1/bad.proto": `syntax = "proto3"; package bad.v1; import "google/api/annotations.proto"; message M { string id = 1; } service S { ${text} }`,
    }).getService("bad.v1.S")!;
    return createRpcServer({ name: "bad", routes: [rpcRoute(service as DescService, {})] });
  };
  const rpc = (name: string, rule: string) => `rpc ${name}(M) returns (M) { option (google.api.http) = {${rule}}; }`;
  for (const text of [
    rpc("A", 'get: "/a/{nobody}"'),
    rpc("A", 'get: "/a/{id"'),
    rpc("A", 'post: "/a" body: "nobody"'),
    rpc("A", 'get: "/a/{id}"') + rpc("B", 'get: "/a/{id}"'),
  ]) {
    await expect(serve(text), text).rejects.toMatchObject({ code: "invalid_contract" });
  }
});
