import { once } from "node:events";
import {
  type ClientHttp2Stream,
  connect,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { expect, it } from "vitest";
import { collectBytes } from "../byte-stream.ts";
import { readCall } from "./read-call.ts";
import { writeHttp2 } from "./write-http2.ts";

type Answer = (response: Http2ServerResponse) => Promise<void>;

/** Answers calls over one HTTP/2 connection and gives the signals that they were read with, once their streams have closed. */
async function signalsOf(
  answer: Answer,
  calls = 1,
  leave: (stream: ClientHttp2Stream) => void = () => {},
): Promise<readonly AbortSignal[]> {
  const signals: AbortSignal[] = [];
  const closed = Promise.withResolvers<void>();
  const server = createServer((request: Http2ServerRequest, response: Http2ServerResponse) => {
    const { signal, body: asked } = readCall(request, response);
    response.stream
      .on("error", () => {})
      .once("close", () => {
        if (signals.push(signal) === calls) setImmediate(closed.resolve);
      });
    void collectBytes(asked as AsyncIterable<Uint8Array>).then(() => answer(response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = connect(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  for (let n = 0; n < calls; n++) {
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.on("error", () => {}).on("response", () => leave(stream));
    stream.resume().end("asked");
    // The next call begins with the last byte of this one, as those of a busy client do.
    if (n < calls - 1) await once(stream, "end");
  }
  await closed.promise;
  session.destroy();
  server.close();
  return signals;
}

const bytes = Buffer.from("answered");
const body = async function* () {
  yield bytes;
};

it.each([
  ["in one piece", { whole: bytes }],
  ["in pieces", {}],
  ["with trailers", { trailer: new Headers({ "grpc-status": "0" }) }],
  ["in one piece, with trailers", { whole: bytes, trailer: new Headers({ "grpc-status": "0" }) }],
])(
  "does not abort the signal of a call that was answered %s: an abort costs more than reading it",
  async (_, parts) => {
    const answer = (response: Http2ServerResponse) =>
      writeHttp2({ status: 200, header: new Headers(), body: body(), ...parts }, response);
    // Whether the peer is faster than Node's word that all was written is a matter of chance.
    const signals = await signalsOf(answer, 100);
    expect(signals.filter(({ aborted }) => aborted)).toEqual([]);
  },
);

it("aborts the signal of a call whose peer leaves before it is answered", async () => {
  const hanging = async function* () {
    yield bytes;
    await new Promise(() => {});
  };
  const answer = (response: Http2ServerResponse) =>
    writeHttp2({ status: 200, header: new Headers(), body: hanging() }, response);
  const [signal] = await signalsOf(answer, 1, (stream) => stream.close(8));
  expect(signal!.aborted).toBe(true);
});
