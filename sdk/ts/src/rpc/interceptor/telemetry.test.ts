import {
  type Attributes,
  type Context,
  type Meter,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { expect, it } from "vitest";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { ConcordError } from "../../core/error.ts";
import { currentCall } from "../call-scope.ts";
import { createRpcClient } from "../client.ts";
import { createRpcRouter, type RpcRouterOptions, rpcRoute } from "../router.ts";

const lab = compileLab();
const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

interface Seen {
  readonly name: string;
  readonly kind: SpanKind | undefined;
  readonly parent: SpanContext | undefined;
  readonly attributes: Attributes;
  ended: boolean;
}

/** A tracer that keeps what it is told. */
function createTracer(): { tracer: Tracer; spans: Seen[] } {
  const spans: Seen[] = [];
  const startSpan = (name: string, { kind, attributes = {} }: SpanOptions, context: Context) => {
    const parent = trace.getSpanContext(context);
    const seen: Seen = { name, kind, parent, attributes: { ...attributes }, ended: false };
    spans.push(seen);
    const own = { traceId: parent?.traceId ?? traceId, spanId: `000000000000000${spans.length}`, traceFlags: 1 };
    return {
      spanContext: () => own,
      isRecording: () => true,
      setAttributes: (more: Attributes) => Object.assign(seen.attributes, more),
      setStatus: () => {},
      end: () => {
        seen.ended = true;
      },
    } as unknown as Span;
  };
  return { tracer: { startSpan } as Tracer, spans };
}

function createMeter(): { meter: Meter; recorded: [number, Attributes][] } {
  const recorded: [number, Attributes][] = [];
  const record = (value: number, attributes: Attributes) => void recorded.push([value, attributes]);
  return { meter: { createHistogram: () => ({ record }) } as unknown as Meter, recorded };
}

function connect(server: Partial<RpcRouterOptions>, client: { tracer?: Tracer; meter?: Meter } = {}) {
  const routes = [
    rpcRoute(lab.service, {
      say: () => ({ text: currentCall()?.traceparent ?? "" }),
      look: () => {
        throw new ConcordError("not_found", "secret");
      },
      async *count() {
        yield { text: currentCall()?.traceparent ?? "" };
      },
    }),
  ];
  return createRpcClient(lab.service, { local: createRpcRouter({ routes, ...server }), ...client });
}

it("continues the trace that a call brings, and hands it on (W3C)", async () => {
  const { tracer, spans } = createTracer();
  const answer = (_: unknown, { responseHeader }: { responseHeader: Headers }) => {
    responseHeader.set("x-active", currentCall()?.traceparent ?? "");
    return {};
  };
  const router = createRpcRouter({ routes: [rpcRoute(lab.service, { say: answer })], tracer });
  // As a carrier calls it: a client in this process would hand the trace on by itself.
  const { header } = await router.find("/lab.v1.LabService/Say")!({
    httpVersion: "2",
    method: "POST",
    url: "https://lab/lab.v1.LabService/Say",
    header: new Headers({ "content-type": "application/json", traceparent }),
    body: {},
    signal: new AbortController().signal,
  });
  expect(spans).toMatchObject([
    {
      name: "lab.v1.LabService/Say",
      kind: SpanKind.SERVER,
      parent: { traceId, spanId: "b7ad6b7169203331" },
      ended: true,
    },
  ]);
  expect(header?.get("x-active")).toBe(`00-${traceId}-0000000000000001-01`);
});

it("puts the attempts of one call beside each other", async () => {
  const { tracer, spans } = createTracer();
  let attempts = 0;
  const route = rpcRoute(lab.service, {
    look: () => {
      if (++attempts < 3) throw new ConcordError("unavailable", "not yet");
      return {};
    },
  });
  const local = createRpcRouter({ routes: [route] });
  await createRpcClient(lab.service, { local, tracer, retry: { initialMs: 1 } }).look({}, { headers: { traceparent } });
  expect(spans.map(({ parent }) => parent?.spanId)).toEqual(Array(3).fill("b7ad6b7169203331"));
});

it("begins a trace where none comes or what comes does not read, also when nobody records", async () => {
  for (const headers of [{}, { traceparent: "00-xyz" }] as Record<string, string>[]) {
    const { text } = await connect({}).say({}, { headers });
    expect(text).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  }
});

it("is one trace over client and server, and holds within streams", async () => {
  const [there, here] = [createTracer(), createTracer()];
  const client = connect({ tracer: there.tracer }, { tracer: here.tracer });
  for await (const { text } of client.count({})) expect(text).toContain(traceId);
  expect(here.spans).toMatchObject([{ kind: SpanKind.CLIENT, ended: true }]);
  expect(there.spans).toMatchObject([{ kind: SpanKind.SERVER, parent: { spanId: "0000000000000001" }, ended: true }]);
});

it("names system, method and status by the conventions, never the message (T28)", async () => {
  const { tracer, spans } = createTracer();
  const { meter, recorded } = createMeter();
  const client = connect({ tracer, meter });
  await client.say({});
  await client.look({}).catch(() => {});
  const method = { "rpc.system.name": "connectrpc", "rpc.method": "lab.v1.LabService/Look" };
  const failed = { ...method, "rpc.response.status_code": "not_found", "error.type": "not_found" };
  expect(spans[1]?.attributes).toEqual(failed);
  expect(recorded).toEqual([
    [expect.any(Number), { ...method, "rpc.method": "lab.v1.LabService/Say" }],
    [expect.any(Number), failed],
  ]);
  expect(JSON.stringify(spans)).not.toContain("secret");
});
