import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";

/** A protocol as raw bytes meet it. */
export type FuzzedProtocol = "connect" | "grpc" | "grpc-web" | "rest" | "http1" | "http2";

/** What a server made of frames that no client would send. */
export interface FuzzReport {
  readonly frames: number;
  /** Answers by their status, of HTTP and of gRPC; `closed` where the connection was ended instead. */
  readonly answers: Readonly<Record<string, number>>;
  /** Texts of answers that tell of the server's inside. */
  readonly leaks: readonly string[];
  /** Frames without any answer in time. */
  readonly hung: number;
}

/** What is fuzzed and how often. */
export interface FuzzOptions {
  readonly url: string;
  readonly protocol: FuzzedProtocol;
  readonly frames: number;
  readonly random: () => number;
  /** Path of a unary method. */
  readonly path: string;
}

const types: Partial<Record<FuzzedProtocol, readonly string[]>> = {
  connect: ["application/proto", "application/json", "application/connect+proto", "application/connect+json"],
  grpc: ["application/grpc", "application/grpc+proto", "application/grpc+json"],
  "grpc-web": ["application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text"],
  rest: ["application/json"],
};

const answerWithinMs = 20_000;
const leaky = /node_modules|\n {4}at |file:\/\/|TypeError|RangeError/;

/** Sends so many broken frames, sixteen at a time, and tells what came back. */
export async function fuzzServer(options: FuzzOptions): Promise<FuzzReport> {
  const answers: Record<string, number> = {};
  const leaks: string[] = [];
  let hung = 0;
  let sent = 0;
  const session = connectHttp2(options.url);
  session.on("error", () => {});
  const worker = async () => {
    while (sent < options.frames) {
      sent++;
      const { outcome, text } = await within(sendOne(options, session));
      if (outcome === "hung") hung++;
      answers[outcome] = (answers[outcome] ?? 0) + 1;
      if (leaky.test(text)) leaks.push(text.slice(0, 200));
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  session.destroy();
  return { frames: sent, answers, leaks, hung };
}

interface Outcome {
  readonly outcome: string;
  readonly text: string;
}

function sendOne(options: FuzzOptions, session: ClientHttp2Session): Promise<Outcome> {
  const { protocol } = options;
  return protocol === "http1" || protocol === "http2" ? sendRaw(options) : sendCall(options, session);
}

/** A whole request with a broken body and heads that contradict it. */
function sendCall({ protocol, path, random }: FuzzOptions, session: ClientHttp2Session): Promise<Outcome> {
  return new Promise((resolve) => {
    const head = {
      ":method": pick(random, ["POST", "POST", "POST", "GET", "PUT"]),
      ":path": random() < 0.9 ? path : `${path}${pick(random, ["/", "?connect=v1&message=%zz", "?message=%00", "x"])}`,
      "content-type": pick(random, types[protocol]!),
      ...(random() < 0.2 ? { "grpc-timeout": pick(random, ["-1S", "0S", "99999999999S", "1x"]) } : {}),
      ...(random() < 0.2 ? { "connect-timeout-ms": pick(random, ["-1", "0", "x", "99999999999"]) } : {}),
      ...(random() < 0.2 ? { "grpc-encoding": "gzip", "content-encoding": "gzip" } : {}),
      ...(random() < 0.1 ? { "x-data-bin": "%%%" } : {}),
    };
    const stream = session.request(head);
    let [outcome, text] = ["closed", ""];
    stream.on("response", (headers: IncomingHttpHeaders & { ":status"?: number }) => {
      outcome = String(headers[":status"]);
      if (headers["grpc-status"]) outcome += ` grpc ${headers["grpc-status"]}`;
    });
    stream.on("trailers", (headers) => {
      outcome += ` grpc ${headers["grpc-status"]}`;
    });
    stream.on("data", (chunk) => {
      text += chunk;
    });
    stream.on("error", () => {});
    stream.on("close", () => resolve({ outcome, text }));
    stream.end(brokenBody(random));
  });
}

/** Bytes that are not even HTTP. */
function sendRaw({ url, protocol, random }: FuzzOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve({ outcome: /^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? "closed", text }));
    const preface =
      protocol === "http2" ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : pick(random, ["POST / HTTP/1.1\r\n", "", "GET "]);
    socket.end(Buffer.concat([Buffer.from(preface), brokenBody(random), Buffer.from("\r\n\r\n")]));
  });
}

/** Random bytes; an envelope whose length lies; JSON cut off; a message with broken fields. */
function brokenBody(random: () => number): Buffer {
  const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 64) }, () => Math.floor(random() * 256)));
  const kind = Math.floor(random() * 4);
  if (kind === 0) return bytes;
  if (kind === 1) {
    const envelope = Buffer.alloc(5);
    envelope[0] = Math.floor(random() * 256);
    envelope.writeUInt32BE(Math.floor(random() * 2 ** 32), 1);
    return Buffer.concat([envelope, bytes]);
  }
  if (kind === 2) return Buffer.from('{"text":"'.slice(0, Math.floor(random() * 10)) + bytes.toString("latin1"));
  return Buffer.concat([Buffer.from([0, 0, 0, 0, bytes.length, 0x0a, 0xff]), bytes]);
}

function pick<Item>(random: () => number, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)]!;
}

async function within(outcome: Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ outcome: "hung", text: "" }), answerWithinMs);
  });
  const first = await Promise.race([outcome, late]);
  clearTimeout(timer);
  return first;
}
