import { randomUUID } from "node:crypto";
import type { OutgoingMessage, PublishAck, StoredMessage } from "../../../core/message.ts";
import type { ConsumeRequest, Delivery, ReadRequest, StreamSpec, Transport } from "../../../core/transport.ts";
import { createPuller, type Puller } from "./puller.ts";
import type { TransportSettings } from "./settings.ts";

/** One test's transport and the streams that it made. */
export interface Bed extends AsyncDisposable {
  readonly transport: Transport;
  /** Describes a stream of a name that no other test uses, without making it. */
  plan(spec?: Partial<StreamSpec>): TestStream;
  /** Makes a stream of a name that no other test uses. */
  stream(spec?: Partial<StreamSpec>): Promise<TestStream>;
  /** Closes the transport and goes on with another one on the same storage. */
  reopen(): Promise<void>;
}

/** What a test may choose of a message; the rest is made up. */
export interface MessageChoice {
  readonly id?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly partition?: number;
  readonly key?: string;
  readonly type?: string;
}

/** A stream under test. */
export interface TestStream {
  readonly spec: StreamSpec;
  readonly name: string;
  /** The stream's subjects with the given end, `>` for all. */
  filter(end: string): string;
  message(choice?: MessageChoice): OutgoingMessage;
  publish(...choices: readonly MessageChoice[]): Promise<readonly PublishAck[]>;
  read(request?: Partial<ReadRequest>): Puller<StoredMessage>;
  /** Consumes, over another connection where one is given. */
  consume(request?: Partial<ConsumeRequest>, through?: Transport): Puller<Delivery>;
}

/** Opens a transport for one test; disposing it ends every reader and closes it. */
export async function openBed(settings: TransportSettings): Promise<Bed> {
  let transport = await settings.open();
  const ending = new AbortController();
  const plan = (spec: Partial<StreamSpec> = {}) => planStream(() => transport, ending.signal, spec);
  return {
    get transport() {
      return transport;
    },
    plan,
    stream: async (spec) => {
      const stream = plan(spec);
      await transport.provision([stream.spec]);
      return stream;
    },
    reopen: async () => {
      transport = await settings.reopen!(transport);
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await transport.close();
    },
  };
}

/** A body as text. */
export function text(message: StoredMessage): string {
  return new TextDecoder().decode(message.body);
}

/** The choices `1`, `2`, … as bodies of so many messages. */
export function numbered(count: number, choice: MessageChoice = {}): MessageChoice[] {
  return Array.from({ length: count }, (_, i) => ({ ...choice, body: String(i + 1) }));
}

const hourMs = 3_600_000;

function planStream(transport: () => Transport, ending: AbortSignal, choice: Partial<StreamSpec>): TestStream {
  const label = `c${randomUUID().slice(0, 13)}`;
  const name = `evt-${label}`;
  const filter = (end: string) => `evt.${label}.${end}`;
  const spec = {
    name,
    subjects: [filter(">")],
    partitions: 8,
    retentionMs: hourMs,
    dedupeWindowMs: 120_000,
    replicas: 1,
    ...choice,
  };
  const message = (choice: MessageChoice = {}): OutgoingMessage => ({
    stream: name,
    subject: filter(`${choice.partition ?? 0}.${choice.key ?? "k"}.${choice.type ?? "shop.A"}`),
    messageId: choice.id ?? `/test/${randomUUID()}`,
    headers: choice.headers ?? {},
    body: typeof choice.body === "object" ? choice.body : new TextEncoder().encode(choice.body ?? "x"),
  });
  return {
    spec,
    name,
    filter,
    message,
    publish: (...choices) => Promise.all(choices.map((choice) => transport().publish(message(choice)))),
    read: (request) =>
      createPuller(ending, (signal) =>
        transport().read({ stream: name, filter: filter(">"), after: 0n, signal, ...request }),
      ),
    consume: (request, through) =>
      createPuller(ending, (signal) =>
        (through ?? transport()).consume({
          stream: name,
          durable: `d-${label}`,
          filter: filter(">"),
          maxAckPending: 100,
          ackWaitMs: 30_000,
          signal,
          ...request,
        }),
      ),
  };
}
