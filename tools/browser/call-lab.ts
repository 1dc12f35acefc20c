import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { BadRequestSchema } from "@concord/gen/google/rpc/error_details_pb.js";
import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import type { LabService } from "../rpc-lab.ts";

/** What the program is told. */
export interface CallLabSettings {
  /** A server that permits the page's origin. */
  readonly url: string;
  /** A server that does not. */
  readonly closedUrl: string;
  /** `FileDescriptorSet` of the lab's contract, in base64. */
  readonly contract: string;
}

/** What one transport got. */
export interface CallLabOutcome {
  readonly said: string;
  readonly looked: string;
  readonly counted: readonly number[];
  /** Header and trailer of an answer, as far as the browser lets the page read them. */
  readonly echoed: { readonly head: string | null; readonly trailer: string | null; readonly replayed: string | null };
  readonly failures: Readonly<
    Record<string, { readonly code: string; readonly message: string; readonly fields: readonly string[] }>
  >;
  /** How many messages of a stream had come when it failed. */
  readonly countedBeforeFailure: number;
  /** Code of a call to the server that does not permit the page. */
  readonly closed: string;
}

type Lab = Client<LabService>;
type ToTransport = (baseUrl: string) => Transport;

const transports: Readonly<Record<string, ToTransport>> = {
  "Connect, protobuf": (baseUrl) => createConnectTransport({ baseUrl, useBinaryFormat: true }),
  "Connect, JSON": (baseUrl) => createConnectTransport({ baseUrl }),
  "Connect, GET": (baseUrl) => createConnectTransport({ baseUrl, useHttpGet: true }),
  "gRPC-Web, protobuf": (baseUrl) => createGrpcWebTransport({ baseUrl }),
  "gRPC-Web, JSON": (baseUrl) => createGrpcWebTransport({ baseUrl, useBinaryFormat: false }),
};

const settings = (await (await fetch("/settings")).json()) as CallLabSettings;
const service = readService(settings.contract);
const outcomes: Record<string, CallLabOutcome> = {};
for (const [name, toTransport] of Object.entries(transports)) outcomes[name] = await play(toTransport);
await fetch("/report", { method: "POST", body: JSON.stringify(outcomes) });

function readService(contract: string): LabService {
  const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, base64Decode(contract)));
  return files.getService("lab.v1.LabService") as LabService;
}

async function play(toTransport: ToTransport): Promise<CallLabOutcome> {
  const client: Lab = createClient(service, toTransport(settings.url));
  const outside: Lab = createClient(service, toTransport(settings.closedUrl));
  const counting = await count(client, 7);
  return {
    said: (await client.say({ text: "é % 😀" })).text,
    looked: (await client.look({ text: "hi" })).text,
    counted: (await count(client, 5)).counted,
    echoed: await echo(client),
    failures: {
      gone: await failure(client.say({ text: "gone" })),
      boom: await failure(client.say({ text: "boom" })),
      invalid: await failure(client.say({ text: "x".repeat(5_001), count: -1 })),
      unknown: await failure(client.manage({})),
      late: await failure(client.say({ text: "hang" }, { timeoutMs: 200 })),
      stream: counting.failed!,
    },
    countedBeforeFailure: counting.counted.length,
    closed: (await failure(outside.say({}))).code,
  };
}

async function count(client: Lab, upTo: number) {
  const counted: number[] = [];
  try {
    for await (const line of client.count({ count: upTo })) counted.push(line.count);
    return { counted };
  } catch (error) {
    return { counted, failed: describe(error) };
  }
}

async function echo(client: Lab): Promise<CallLabOutcome["echoed"]> {
  let [head, trailer]: Headers[] = [];
  await client.say(
    { text: "hi" },
    {
      headers: { "idempotency-key": "k-1" },
      onHeader: (given) => {
        head = given;
      },
      onTrailer: (given) => {
        trailer = given;
      },
    },
  );
  const read = (headers: Headers | undefined, name: string) => headers?.get(name) ?? null;
  return {
    head: read(head, "x-echo"),
    trailer: read(trailer, "x-end"),
    replayed: read(head, "idempotency-replayed"),
  };
}

async function failure(call: Promise<unknown>) {
  return call.then(
    () => ({ code: "none", message: "", fields: [] }),
    (error) => describe(error),
  );
}

function describe(thrown: unknown) {
  const error = ConnectError.from(thrown);
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  return { code: Code[error.code]!, message: error.rawMessage, fields: violations.map(({ field }) => field) };
}
