import { createInterface } from "node:readline";
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { ConcordError, createValidation } from "@concord/sdk";
import { createRpcServer, rpcRoute } from "@concord/sdk/rpc";
import { compileLab } from "../rpc-lab.ts";

// A service in TypeScript that the Ruby client is held to. It says where it is and what its contract is, one line of JSON.
const lab = compileLab();
let flaky = 0;
const route = rpcRoute(lab.service, {
  say({ text }, context) {
    if (text === "hang") return new Promise<never>(() => {});
    if (text === "boom") throw new TypeError("password=hunter2");
    if (text === "gone") throw new ConcordError("not_found", "é % gone");
    if (text === "open") throw new ConcordError("circuit_open", "the circuit is open");
    if (text === "conflict") throw new ConcordError("transaction_conflict", "again");
    if (text === "left") return { text: String(context.timeoutMs() ?? "none") };
    const asked = text.startsWith("header ") ? (context.requestHeader.get(text.slice(7)) ?? "") : text;
    context.responseHeader.set("x-head", "head");
    context.responseTrailer.set("x-end-bin", Buffer.from([0, 255]).toString("base64"));
    return { text: asked };
  },
  // Fails twice for want of a server, then answers; it has no side effects.
  look() {
    if (flaky++ % 3 < 2) throw new ConcordError("unavailable", "not now");
    return { text: "here", count: flaky };
  },
  async *count({ count }) {
    for (let n = 1; n <= count; n++) yield { count: n };
    if (count === 7) throw new ConcordError("failed_precondition", "no more");
  },
  async sum(lines) {
    let count = 0;
    for await (const line of lines) count += line.count;
    return { count };
  },
  async *chat(lines) {
    for await (const { text } of lines) yield { text: `${text}!` };
  },
  charge: (_, { requestHeader }) => ({ text: requestHeader.get("idempotency-key") ?? "none" }),
});
const server = await createRpcServer({ name: "lab", routes: [route], validate: createValidation() });
const contract = Buffer.from(toBinary(FileDescriptorProtoSchema, lab.service.file.proto)).toString("base64");
console.log(JSON.stringify({ url: server.url, contract }));
for await (const _ of createInterface({ input: process.stdin })) void _;
await server.close(100);
