import { gzipSync } from "node:zlib";

/** A protocol as raw bytes meet it. */
export type FuzzedProtocol =
  | "connect-json"
  | "connect-proto"
  | "grpc"
  | "grpc-web"
  | "rest"
  | "http1"
  | "http2"
  | "nats";

const types: Partial<Record<FuzzedProtocol, readonly string[]>> = {
  "connect-json": ["application/json", "application/json; charset=utf-8", "application/connect+json"],
  "connect-proto": ["application/proto", "application/connect+proto"],
  grpc: ["application/grpc", "application/grpc+proto", "application/grpc+json"],
  "grpc-web": ["application/grpc-web", "application/grpc-web+proto", "application/grpc-web+json"],
  rest: ["application/json", "application/json", "application/json", "text/plain", ""],
  nats: ["application/json", "application/proto", "application/connect+json", "x", ""],
};

/** A head as a peer sends it, with one thing or several wrong. */
export type BrokenHead = Record<string, string> & { ":method": string; ":path": string; "content-type": string };

/** Makes a head of a call of a path, which may say its verb in front. */
export function brokenHead(protocol: FuzzedProtocol, target: string, random: () => number): BrokenHead {
  const [path = "", own = "POST"] = target.split(" ").toReversed();
  const verb = random() < 0.7 ? own : pick(random, ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"]);
  const tails = [
    "/",
    "?connect=v1&message=%zz&encoding=json",
    "?message=%00",
    "x",
    "?encoding=proto&base64=1&message=$$",
    "/%2e%2e/%2e%2e/etc/passwd",
    "?a[b=c&&=&%ff",
  ];
  return {
    ":method": verb,
    ":path": random() < 0.8 ? path : `${path}${pick(random, tails)}`,
    "content-type": pick(random, types[protocol]!),
    ...brokenHeaders(random),
  };
}

/** Headers that say what is not so. */
export function brokenHeaders(random: () => number): Record<string, string> {
  return {
    ...(random() < 0.2 ? { "grpc-timeout": pick(random, ["-1S", "0S", "99999999999S", "1x", "1"]) } : {}),
    ...(random() < 0.2 ? { "connect-timeout-ms": pick(random, ["-1", "0", "x", "99999999999", "1e3"]) } : {}),
    ...(random() < 0.2 ? { "grpc-encoding": pick(random, ["gzip", "br", "x"]) } : {}),
    ...(random() < 0.2 ? { "content-encoding": pick(random, ["gzip", "br", "x"]) } : {}),
    ...(random() < 0.1 ? { "connect-content-encoding": pick(random, ["gzip", "x"]) } : {}),
    ...(random() < 0.1 ? { "x-data-bin": pick(random, ["%%%", "A", "===="]) } : {}),
    ...(random() < 0.1 ? { traceparent: pick(random, ["00-0-0-0", "\u00e9", "ff-".repeat(40)]) } : {}),
    ...(random() < 0.1 ? { "idempotency-key": pick(random, ["", " ", "x".repeat(300)]) } : {}),
  };
}

/** Random bytes; an envelope whose length lies; JSON cut off; a message with broken fields; what only looks compressed. */
export function brokenBody(random: () => number): Buffer {
  const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 64) }, () => Math.floor(random() * 256)));
  const kinds = [
    () => bytes,
    () => Buffer.concat([lyingEnvelope(random), bytes]),
    () => Buffer.from('{"text":"'.slice(0, Math.floor(random() * 10)) + bytes.toString("latin1")),
    () => Buffer.concat([Buffer.from([0, 0, 0, 0, bytes.length, 0x0a, 0xff]), bytes]),
    () => Buffer.from(pick(random, oddJson)),
    () => gzipSync(bytes).subarray(0, Math.floor(random() * 40)),
    () => Buffer.concat([Buffer.from([1, 0, 0, 0, bytes.length]), bytes]),
  ];
  return pick(random, kinds)();
}

const oddJson = [
  "null",
  "[]",
  '{"text":{"text":{}}}',
  `${'{"text":'.repeat(500)}`,
  "[".repeat(5_000),
  '{"count":1e999}',
  '{"count":"0x10"}',
  '{"text":"\\ud800"}',
  '{"__proto__":{"text":"x"},"constructor":1}',
  '{"text":"a","text":"b"}',
];

function lyingEnvelope(random: () => number): Buffer {
  const envelope = Buffer.alloc(5);
  envelope[0] = Math.floor(random() * 256);
  envelope.writeUInt32BE(Math.floor(random() * 2 ** 32), 1);
  return envelope;
}

/** One of several things. */
export function pick<Item>(random: () => number, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)]!;
}
