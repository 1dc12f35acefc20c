import { create, type DescMethodUnary, type Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createContextValues,
  type Interceptor,
  type Transport,
  type UnaryResponse,
} from "@connectrpc/connect";
import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import {
  createTransport,
  errorFromJsonBytes,
  trailerDemux,
  validateResponse,
} from "@connectrpc/connect/protocol-connect";
import { createCallSignal } from "./call-signal.ts";
import type { RpcCarrier } from "./carrier.ts";
import { interceptUnary, type UnaryFn } from "./intercept-unary.ts";
import type { ConnectAnswered } from "./unary/answer-connect.ts";

/** How calls are written for a carrier. */
export interface CarrierTransportOptions {
  readonly interceptors: Interceptor[];
  readonly useBinaryFormat: boolean;
  readonly readMaxBytes: number;
  readonly baseUrl: string;
}

/**
 * Speaks the Connect protocol over a carrier that is no HTTP. Streams are Connect's own. A unary call is one request and one
 * answer, which Connect would send through streams too.
 */
export function createCarrierTransport(carrier: RpcCarrier, options: CarrierTransportOptions): Transport {
  const { interceptors, baseUrl } = options;
  const wireOf = createWires(options);
  const ask: UnaryFn = async ({ method, url, header, message, signal }) => {
    const wire = wireOf(method);
    const answer = await carrier.ask({ method, url, header, body: wire.write(message), signal });
    return wire.read(answer);
  };
  return {
    stream: createStreams(carrier, options),
    async unary(method, signal, timeoutMs, header, message, contextValues) {
      const limitMs = timeoutMs !== undefined && timeoutMs > 0 ? timeoutMs : undefined;
      const call = createCallSignal(limitMs, [signal]);
      const run = interceptUnary(interceptors, ask);
      try {
        const response = await run({
          stream: false,
          service: method.parent,
          method,
          requestMethod: "POST",
          url: `${baseUrl}/${method.parent.typeName}/${method.name}`,
          header: requestHead(header, limitMs, options.useBinaryFormat),
          contextValues: contextValues ?? createContextValues(),
          message: create(method.input, message) as Message,
          signal: call.signal,
        });
        call.release();
        return response as never;
      } catch (thrown) {
        const error = call.signal.aborted
          ? ConnectError.from(call.signal.reason, Code.Canceled)
          : ConnectError.from(thrown);
        call.end(error);
        throw error;
      }
    },
  };
}

function createStreams(carrier: RpcCarrier, options: CarrierTransportOptions): Transport["stream"] {
  const { stream } = createTransport({
    ...options,
    httpClient: carrier.send,
    writeMaxBytes: options.readMaxBytes,
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: Number.MAX_SAFE_INTEGER,
  });
  return stream;
}

function requestHead(
  given: ConstructorParameters<typeof Headers>[0],
  timeoutMs: number | undefined,
  binary: boolean,
): Headers {
  const head = new Headers(given);
  head.set("content-type", binary ? "application/proto" : "application/json");
  if (timeoutMs !== undefined) head.set("connect-timeout-ms", String(timeoutMs));
  return head;
}

/** How the messages of a method are written and read. */
interface Wire {
  write(message: Message): Uint8Array;
  /** @throws {ConnectError} what the server answered, or that it cannot be read. */
  read(answer: ConnectAnswered): UnaryResponse;
}

function createWires({ useBinaryFormat, readMaxBytes }: CarrierTransportOptions): (method: DescMethodUnary) => Wire {
  const known = new WeakMap<DescMethodUnary, Wire>();
  const limits = { readMaxBytes, writeMaxBytes: readMaxBytes };
  const createWire = (method: DescMethodUnary): Wire => {
    const lookup = createMethodSerializationLookup(method, undefined, undefined, limits);
    const [input, output] = [lookup.getI(useBinaryFormat), lookup.getO(useBinaryFormat)];
    return {
      write: (message) => input.serialize(message as never),
      read({ status, header: whole, body }) {
        const { isUnaryError, unaryError } = validateResponse("unary", useBinaryFormat, status, whole);
        const [header, trailer] = splitHead(whole);
        if (isUnaryError) throw errorFromJsonBytes(body, [...header, ...trailer], unaryError);
        return { stream: false, service: method.parent, method, header, trailer, message: output.parse(body) };
      },
    };
  };
  return (method) => {
    let wire = known.get(method);
    if (!wire) {
      wire = createWire(method);
      known.set(method, wire);
    }
    return wire;
  };
}

/** Most answers have no trailers, and then their head need not be copied. */
function splitHead(whole: Headers): readonly [header: Headers, trailer: Headers] {
  for (const name of whole.keys()) if (name.startsWith("trailer-")) return trailerDemux(whole);
  return [whole, new Headers()];
}
