import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { brokenBody, brokenHead, type FuzzedProtocol, pick } from "./rpc-fuzz-frames.ts";
import { type FuzzAnswer, faultOf } from "./rpc-fuzz-verdict.ts";

/** What a server made of frames that no client would send. */
export interface FuzzReport {
  readonly frames: number;
  /** Answers by their status, of HTTP and of gRPC; `closed` where the connection was ended instead. */
  readonly answers: Readonly<Record<string, number>>;
  /** Texts of answers that tell of the server's inside. */
  readonly leaks: readonly string[];
  /** Answers that are none of their protocol, and why. */
  readonly improper: readonly string[];
  /** Frames without any answer in time. */
  readonly hung: number;
}

/** What is fuzzed and how often. */
export interface FuzzOptions {
  readonly protocol: FuzzedProtocol;
  readonly frames: number;
  readonly random: () => number;
  /** Sends one broken frame and gives what came back; {@link sendOverHttp} makes it for a server of HTTP. */
  readonly send: FuzzSend;
}

/** Sends one broken frame. */
export type FuzzSend = (random: () => number) => Promise<FuzzAnswer>;

const answerWithinMs = 20_000;
const leaky = /node_modules|\n {4}at |file:\/\/|TypeError|RangeError/;

/** Sends so many broken frames, sixteen at a time, and tells what came back. */
export async function fuzzServer({ frames, random, send }: FuzzOptions): Promise<FuzzReport> {
  const answers: Record<string, number> = {};
  const leaks: string[] = [];
  const improper: string[] = [];
  let hung = 0;
  let sent = 0;
  const worker = async () => {
    while (sent < frames) {
      sent++;
      const answer = await within(send(random));
      if (!answer) hung++;
      else {
        const text = answer.body.toString("latin1");
        const fault = faultOf(answer);
        answers[answer.outcome] = (answers[answer.outcome] ?? 0) + 1;
        if (leaky.test(text)) leaks.push(text.slice(0, 200));
        if (fault) improper.push(`${fault}: ${answer.outcome} to ${answer.asked}: ${text.slice(0, 200)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return { frames: sent, answers, leaks, improper, hung };
}

/** Where broken frames go over HTTP. */
export interface HttpTarget {
  readonly url: string;
  readonly protocol: FuzzedProtocol;
  /** Paths of unary methods; of REST with their variables filled in and their verb in front. */
  readonly paths: readonly string[];
}

/** Sends broken frames to a server of HTTP; dispose ends the connection. */
export function sendOverHttp(target: HttpTarget): FuzzSend & Disposable {
  const session = connectHttp2(target.url);
  session.on("error", () => {});
  const raw = target.protocol === "http1" || target.protocol === "http2";
  const send: FuzzSend = (random) => (raw ? sendRaw(target, random) : sendCall(target, session, random));
  return Object.assign(send, { [Symbol.dispose]: () => session.destroy() });
}

/** A whole request with a broken body and heads that contradict it. */
function sendCall({ protocol, paths }: HttpTarget, session: ClientHttp2Session, random: () => number) {
  const head = brokenHead(protocol, pick(random, paths), random);
  const asked = `${head[":method"]} ${head[":path"]} ${head["content-type"]}`;
  return new Promise<FuzzAnswer>((resolve) => {
    // Node ends a GET with its head, unless it is told that a body comes.
    const stream = session.request(head, { endStream: false });
    const chunks: Buffer[] = [];
    let answered: IncomingHttpHeaders = {};
    let trailer: IncomingHttpHeaders = {};
    stream.on("response", (headers) => {
      answered = headers;
    });
    stream.on("trailers", (headers) => {
      trailer = headers;
    });
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("error", () => {});
    stream.on("close", () => {
      const status = Number(answered[":status"] ?? 0);
      const grpc = answered["grpc-status"] ?? trailer["grpc-status"];
      const outcome = status === 0 ? "closed" : `${status}${grpc === undefined ? "" : ` grpc ${grpc}`}`;
      resolve({ protocol, asked, outcome, status, head: answered, trailer, body: Buffer.concat(chunks) });
    });
    stream.end(brokenBody(random));
  });
}

/** Bytes that are not even HTTP. */
function sendRaw({ url, protocol }: HttpTarget, random: () => number): Promise<FuzzAnswer> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      const body = Buffer.concat(chunks);
      const outcome = /^HTTP\/1.1 (\d+)/.exec(body.toString("latin1"))?.[1] ?? "closed";
      resolve({ protocol, asked: "bytes", outcome, status: Number(outcome) || 0, head: {}, trailer: {}, body });
    });
    const preface =
      protocol === "http2" ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : pick(random, ["POST / HTTP/1.1\r\n", "", "GET "]);
    socket.end(Buffer.concat([Buffer.from(preface), brokenBody(random), Buffer.from("\r\n\r\n")]));
  });
}

async function within(answer: Promise<FuzzAnswer>): Promise<FuzzAnswer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), answerWithinMs);
  });
  const first = await Promise.race([answer, late]);
  clearTimeout(timer);
  return first;
}
