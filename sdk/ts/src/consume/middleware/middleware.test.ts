import { create } from "@bufbuild/protobuf";
import { ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { ROOT_CONTEXT, type Span, type SpanOptions, type Tracer, trace as traceApi } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { createBreaker } from "../../breaker/create-breaker.ts";
import { eventContract } from "../../core/contract/event-contract.ts";
import { createEnvelope } from "../../core/envelope/create-envelope.ts";
import { ConcordError, RetryLaterError, TerminalError } from "../../core/error.ts";
import type { Attempt, Handle } from "../../core/handler.ts";
import { type Log, type LogFields, silentLog } from "../../core/log.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { createValidation } from "../../validation/validation.ts";
import { circuitBreaker, isOwnFailure } from "./circuit-breaker.ts";
import { compose } from "./compose.ts";
import { eventFields, log } from "./log.ts";
import { timeout } from "./timeout.ts";
import { trace } from "./trace.ts";
import { validate } from "./validate.ts";

const hop = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const origin = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
const secret = "secret-name";

function attempt(changes: Partial<Attempt> = {}): Attempt {
  const contract = eventContract(ProductListedSchema);
  const price = { minorUnits: 1n, currency: "EUR" };
  const publish = async () => ({ id: "x" });
  return {
    attempt: 1,
    signal: new AbortController().signal,
    log: silentLog,
    scope: { tx: {}, db: {}, publish, send: publish, publishAll: async () => [] },
    event: {
      contract,
      data: create(ProductListedSchema, { productId: "k", name: secret, price }),
      envelope: createEnvelope({
        id: "e1",
        source: "/s",
        type: contract.type,
        key: "k",
        correlationId: "c1",
        traceparent: origin,
      }),
      message: {
        stream: "evt-inventory",
        sequence: 7n,
        subject: `evt.inventory.3.k.${contract.type}`,
        headers: { traceparent: hop },
        body: new Uint8Array(5),
        storedAtMs: 0,
      },
      redrives: 0,
    },
    ...changes,
  };
}

const fails =
  (error: unknown): Handle =>
  async () => {
    throw error;
  };

describe("compose", () => {
  it("puts the first middleware outermost", async () => {
    const order: string[] = [];
    const named = (name: string) => (next: Handle) => async (each: Attempt) => {
      order.push(name);
      await next(each);
    };
    await compose([named("a"), named("b")], async () => void order.push("handler"))(attempt());
    expect(order).toEqual(["a", "b", "handler"]);
  });
});

describe("timeout", () => {
  it("ends an attempt at the contract's limit, whether the handler listens or not", async () => {
    const clock = createManualClock();
    let signal: AbortSignal | undefined;
    const handle: Handle = (each) => {
      signal = each.signal;
      return new Promise(() => {});
    };
    const run = timeout({ clock })(handle)(attempt());
    clock.advance(29_999);
    expect(signal?.aborted).toBe(false);
    clock.advance(1);
    await expect(run).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(signal?.reason).toMatchObject({ code: "deadline_exceeded" });
  });

  it("passes the end of the service on, and does not wait for the handler then", async () => {
    const stop = new AbortController();
    const run = timeout({ clock: createManualClock() })(() => new Promise(() => {}))(attempt({ signal: stop.signal }));
    stop.abort(new ConcordError("canceled", "stops"));
    await expect(run).rejects.toMatchObject({ code: "canceled" });
  });

  it("leaves no timer behind an attempt that ended in time", async () => {
    const clock = createManualClock();
    await timeout({ clock, limitMs: 10 })(async () => {})(attempt());
    expect(clock.advanceToNext()).toBe(false);
  });
});

describe("validate", () => {
  const check = validate(createValidation());

  it("lets a valid event pass", async () => {
    await expect(check(async () => {})(attempt())).resolves.toBeUndefined();
  });

  it("ends an event that breaks its contract without running it, and without its values (T28)", () => {
    const { event } = attempt();
    const data = create(ProductListedSchema, { productId: "not a product id", name: secret });
    let error: TerminalError | undefined;
    try {
      void check(fails(new Error("ran")))(attempt({ event: { ...event, data } }));
    } catch (thrown) {
      error = thrown as TerminalError;
    }
    expect(error).toBeInstanceOf(TerminalError);
    expect(error?.details).toEqual({ reason: "invalid" });
    expect(error?.cause).toMatchObject({ code: "invalid_data" });
    expect(JSON.stringify([error?.message, (error?.cause as ConcordError | undefined)?.details])).not.toMatch(
      /secret|not a product/,
    );
  });
});

describe("log", () => {
  function recording(): { log: Log; lines: [string, LogFields, string][] } {
    const lines: [string, LogFields, string][] = [];
    const write = (level: string) => (fields: LogFields, message: string) => void lines.push([level, fields, message]);
    const recorder: Log = {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
      child: () => recorder,
    };
    return { log: recorder, lines };
  }

  it("writes one line for an attempt that went well", async () => {
    const { log: recorder, lines } = recording();
    const clock = createManualClock();
    await log({ clock })(async () => clock.advance(12))(attempt({ log: recorder }));
    expect(lines).toEqual([["info", { attempt: 1, durationMs: 12, outcome: "done" }, "event handled"]]);
  });

  it("writes the code of a failure and never its message, which may quote a payload (T28)", async () => {
    const { log: recorder, lines } = recording();
    const middleware = log({ clock: createManualClock() });
    await expect(middleware(fails(new Error(secret)))(attempt({ log: recorder }))).rejects.toThrow(secret);
    const later = new RetryLaterError({ delayMs: 50, reason: secret });
    await expect(middleware(fails(later))(attempt({ log: recorder }))).rejects.toBe(later);
    expect(lines.map(([, fields]) => fields)).toMatchObject([
      { outcome: "failed", error: "internal" },
      { outcome: "retry_later", delayMs: 50 },
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it("names an event by its ids, and carries no payload", () => {
    const fields = eventFields(attempt().event);
    expect(fields).toEqual({
      type: "shop.inventory.v1.ProductListed",
      eventId: "e1",
      source: "/s",
      key: "k",
      correlationId: "c1",
      stream: "evt-inventory",
      sequence: "7",
    });
  });
});

describe("circuit breaker", () => {
  it("lets events wait while a dependency is down, instead of using up their attempts", async () => {
    let runs = 0;
    const guarded = circuitBreaker({
      breaker: createBreaker({ name: "mail", failures: 2, resetMs: 60_000, ignore: isOwnFailure }),
      retryAfterMs: 5_000,
    })(async () => {
      runs++;
      throw new Error("down");
    });
    for (let n = 0; n < 2; n++) await expect(guarded(attempt())).rejects.toThrow("down");
    await expect(guarded(attempt())).rejects.toMatchObject({ name: "RetryLaterError", delayMs: 5_000 });
    expect(runs).toBe(2);
  });

  it("is not opened by events that are at fault themselves", async () => {
    const breaker = createBreaker({ name: "mail", failures: 1, ignore: isOwnFailure });
    const guarded = circuitBreaker({ breaker })(fails(new TerminalError("x")));
    for (let n = 0; n < 3; n++) await expect(guarded(attempt())).rejects.toBeInstanceOf(TerminalError);
  });

  it("catches an open circuit that the handler met itself", async () => {
    const breaker = createBreaker({ name: "mail" });
    const guarded = circuitBreaker({ breaker })(fails(new ConcordError("circuit_open", "prices")));
    await expect(guarded(attempt())).rejects.toBeInstanceOf(RetryLaterError);
  });
});

describe("trace", () => {
  interface Recorded {
    readonly name: string;
    readonly options: SpanOptions;
    readonly parent: string | undefined;
    readonly attributes: Record<string, unknown>;
    status?: unknown;
    ended: boolean;
  }

  function recordingTracer(): { tracer: Tracer; spans: Recorded[] } {
    const spans: Recorded[] = [];
    const startSpan = (name: string, options: SpanOptions = {}, parent = ROOT_CONTEXT): Span => {
      const span: Recorded = {
        name,
        options,
        parent: traceApi.getSpanContext(parent)?.spanId,
        attributes: { ...options.attributes },
        ended: false,
      };
      spans.push(span);
      return {
        setAttribute(key: string, value: unknown) {
          span.attributes[key] = value;
        },
        setStatus(status: unknown) {
          span.status = status;
        },
        end() {
          span.ended = true;
        },
        spanContext: () => ({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "1".repeat(16), traceFlags: 1 }),
      } as unknown as Span;
    };
    return { tracer: { startSpan } as unknown as Tracer, spans };
  }

  it("continues the trace of the hop and links to the event's origin (T2)", async () => {
    const { tracer, spans } = recordingTracer();
    await trace({ service: "orders", tracer })(async () => {})(attempt());
    const [span] = spans;
    expect(span).toMatchObject({ name: "process evt-inventory", parent: "b7ad6b7169203331", ended: true });
    expect(span!.options.links?.map(({ context }) => context.spanId)).toEqual(["00f067aa0ba902b7"]);
    expect(span!.attributes).toMatchObject({
      "messaging.operation.type": "process",
      "messaging.destination.name": "evt-inventory",
      "messaging.destination.partition.id": "3",
      "messaging.consumer.group.name": "orders",
      "messaging.message.id": "e1",
    });
  });

  it("starts a trace of its own where the hop's is malformed (T4)", async () => {
    const { tracer, spans } = recordingTracer();
    const { event } = attempt();
    const message = { ...event.message, headers: { traceparent: `ff${hop.slice(2)}` } };
    await trace({ service: "orders", tracer })(async () => {})(attempt({ event: { ...event, message } }));
    expect(spans[0]!.parent).toBeUndefined();
  });

  it("marks a failure by its code, without its message (T28)", async () => {
    const { tracer, spans } = recordingTracer();
    const middleware = trace({ service: "orders", tracer });
    await expect(middleware(fails(new Error(secret)))(attempt())).rejects.toThrow();
    expect(spans[0]).toMatchObject({ attributes: { "error.type": "internal" }, ended: true });
    expect(JSON.stringify(spans)).not.toContain(secret);
  });
});
