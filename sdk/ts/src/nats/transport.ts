import type { JetStreamManager } from "@nats-io/jetstream";
import { ConcordError, isConcordError } from "../core/error.ts";
import type { OutgoingMessage, PublishAck, StoredMessage } from "../core/message.ts";
import type {
  ConsumeRequest,
  Delivery,
  ProvisionReport,
  ReadRequest,
  StreamInspection,
  StreamSpec,
  StreamState,
  Transport,
  TransportFeatures,
  TransportHealth,
  WaitOptions,
} from "../core/transport.ts";
import type { RpcCarrier, RpcHost, RpcHosting, RpcListening, RpcRouter } from "../rpc/index.ts";
import type { BrokerConnection } from "./connection.ts";
import { consume } from "./consume.ts";
import { featuresOf } from "./features.ts";
import { inspect } from "./inspect.ts";
import { provision } from "./provision.ts";
import { maxPayloadBytes, publish } from "./publish.ts";
import { publishAtomically } from "./publish-atomically.ts";
import { read } from "./read.ts";
import { ReplyBox } from "./reply-box.ts";
import { createRpcCarrier } from "./rpc/rpc-client.ts";
import { serveRpc } from "./rpc/rpc-server.ts";
import { fromStoredMsg } from "./stored-message.ts";
import { readMark } from "./stream-config.ts";

/** JetStream's code for a message that was never there or is gone. */
const noSuchMessage = 10057;

/** The {@link Transport} over one connection to NATS. */
export class NatsTransport implements Transport, RpcCarrier, RpcHost {
  readonly name = "nats";
  publishAtomically?: NonNullable<Transport["publishAtomically"]>;
  readonly #connection: BrokerConnection;
  readonly #replies: ReplyBox;
  readonly #ending = new AbortController();
  #rpc: RpcCarrier | undefined;
  #features: TransportFeatures = { atomicBatch: false, shared: true };

  constructor(connection: BrokerConnection) {
    this.#connection = connection;
    this.#replies = new ReplyBox(connection);
    this.#detectFeatures();
    connection.listen({ restored: () => this.#detectFeatures() });
  }

  /** Sends a unary RPC: `createRpcClient(Service, { nats })`. */
  get ask(): RpcCarrier["ask"] {
    return this.#carrier().ask;
  }

  /** Sends any other RPC. */
  get send(): RpcCarrier["send"] {
    return this.#carrier().send;
  }

  #carrier(): RpcCarrier {
    this.#rpc ??= createRpcCarrier(this.#connection, new ReplyBox(this.#connection));
    return this.#rpc;
  }

  /** Answers RPCs over this connection. */
  serveRpc(router: RpcRouter, hosting: RpcHosting): RpcListening {
    return serveRpc(this.#connection, router, hosting);
  }

  get features(): TransportFeatures {
    return this.#features;
  }

  get maxPayloadBytes(): number {
    return maxPayloadBytes(this.#connection);
  }

  publish(message: OutgoingMessage, options?: WaitOptions): Promise<PublishAck> {
    return publish(this.#connection, this.#replies, message, options);
  }

  read(request: ReadRequest): AsyncIterable<readonly StoredMessage[]> {
    return read(this.#connection, { ...request, signal: this.#endedBy(request.signal) });
  }

  consume(request: ConsumeRequest): AsyncIterable<readonly Delivery[]> {
    return consume(this.#connection, this.#replies, { ...request, signal: this.#endedBy(request.signal) });
  }

  provision(streams: readonly StreamSpec[], options?: WaitOptions): Promise<ProvisionReport> {
    return provision(this.#connection, streams, this.#features.atomicBatch, options);
  }

  inspect(wanted: readonly StreamSpec[], options?: WaitOptions): Promise<StreamInspection> {
    return inspect(this.#connection, wanted, options);
  }

  async streamState(stream: string, options?: WaitOptions): Promise<StreamState | undefined> {
    const info = await this.#find(`looking up stream ${stream}`, ({ streams }) => streams.info(stream), options);
    if (!info) return undefined;
    const { config, created, state } = info;
    return {
      name: stream,
      firstSequence: BigInt(state.first_seq),
      lastSequence: BigInt(state.last_seq),
      messages: BigInt(state.messages),
      partitions: readMark(config.description)?.partitions ?? 0,
      createdAtMs: Date.parse(created),
    };
  }

  async get(stream: string, sequence: bigint, options?: WaitOptions): Promise<StoredMessage | undefined> {
    // The leader is asked, for a replica's direct answer may be older than what was just stored.
    const ask = ({ streams }: JetStreamManager) => streams.getMessage(stream, { seq: Number(sequence) });
    const found = await this.#find(`reading ${stream} ${sequence}`, ask, options);
    return found ? fromStoredMsg(stream, found) : undefined;
  }

  async next(stream: string, filter: string, after: bigint, options?: WaitOptions): Promise<StoredMessage | undefined> {
    // The client's types know `next_by_subj` for direct gets only; the leader takes it too, since 2.9.
    const query = { seq: Number(after) + 1, next_by_subj: filter };
    const ask = ({ streams }: JetStreamManager) => streams.getMessage(stream, query);
    const found = await this.#find(`reading ${stream} behind ${after}`, ask, options);
    return found ? fromStoredMsg(stream, found) : undefined;
  }

  async remove(stream: string, sequence: bigint, options?: WaitOptions): Promise<void> {
    // Without overwriting the bytes on the disk, which takes the server longer than everything else of a redrive.
    const ask = ({ streams }: JetStreamManager) => streams.deleteMessage(stream, Number(sequence), false);
    try {
      await this.#connection.call(`removing ${stream} ${sequence}`, ask, options);
    } catch (thrown) {
      if (!(thrown instanceof ConcordError) || thrown.details.natsErrorCode !== noSuchMessage) throw thrown;
    }
  }

  health(): TransportHealth {
    return this.#connection.health();
  }

  close(): Promise<void> {
    this.#ending.abort();
    this.#connection.finishBeforeClose(this.#replies.settled());
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A server of another version may answer after a reconnection. */
  #detectFeatures(): void {
    this.#features = featuresOf(this.#connection.server?.version);
    if (!this.#features.atomicBatch) {
      delete this.publishAtomically;
      return;
    }
    this.publishAtomically = (messages, options) =>
      publishAtomically(this.#connection, this.#replies, messages, options);
  }

  /** Closing ends every reading; one that begins after it fails. */
  #endedBy(signal: AbortSignal): AbortSignal {
    return this.#connection.closed ? signal : AbortSignal.any([signal, this.#ending.signal]);
  }

  async #find<Result>(
    what: string,
    ask: (manager: JetStreamManager) => Promise<Result>,
    wait?: WaitOptions,
  ): Promise<Result | undefined> {
    try {
      return await this.#connection.call(what, ask, wait);
    } catch (thrown) {
      if (isConcordError(thrown, "not_found")) return undefined;
      throw thrown;
    }
  }
}
