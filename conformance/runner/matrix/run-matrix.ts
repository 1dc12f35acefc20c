import { create } from "@bufbuild/protobuf";
import type { DecodeReply, EncodeReply } from "@concord/gen/concord/conformance/v1/codec_pb.js";
import { type PlainEnvelope, PlainEnvelopeSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import type { NatsBroker } from "../broker/nats-broker.ts";
import { difference, show } from "../match/match-value.ts";
import { wireDifference } from "../steps/wire-difference.ts";
import { OpError } from "../testee/testee-fault.ts";
import type { TesteeProcess } from "../testee/testee-process.ts";
import { bytesFrom, readBytes } from "../wire/bytes-value.ts";
import { toWire, type WireForm } from "../wire/message-format.ts";
import { plainToJson } from "../wire/plain-envelope.ts";
import { createGenerator } from "../wire/random-envelope.ts";
import { dataHeaders, randomDataMessage, readDifference, writtenDifference } from "./data-messages.ts";
import type { Mismatch, PairResult } from "./pair-result.ts";
import { throughBroker } from "./through-broker.ts";

/** One implementation of a matrix. */
export interface Peer {
  readonly name: string;
  readonly process: TesteeProcess;
}

/** How a matrix is run. */
export interface MatrixOptions {
  readonly peers: readonly Peer[];
  /** Every message goes through it. */
  readonly broker: NatsBroker;
  readonly seed: bigint;
  /** Values for each ordered pair and mode. */
  readonly count: number;
  readonly modes: readonly string[];
  readonly onResult: (result: PairResult) => void;
}

/** The formats that envelopes and data are exchanged in. */
export const matrixModes: readonly string[] = ["env", "ce-json", "ce-binary", "ce-proto", "json", "data-json"];
const deadlineMs = 60_000;
const window = 500;

/** Has every implementation write what every one reads, itself too. Values come from the seed. */
export async function runMatrix(options: MatrixOptions): Promise<PairResult[]> {
  const results: PairResult[] = [];
  for (const mode of options.modes) {
    const claimants = options.peers.filter(({ process }) => process.hello.features.includes(`mode=${mode}`));
    // Side by side: while one testee works, the runner compares what another has done.
    const all = await Promise.all(claimants.map((producer) => runProducer(options, mode, producer, claimants)));
    results.push(...all.flat());
  }
  return results;
}

async function runProducer(
  options: MatrixOptions,
  mode: string,
  producer: Peer,
  consumers: readonly Peer[],
): Promise<PairResult[]> {
  const { broker, count, seed } = options;
  const generator = createGenerator(seed);
  const make = mode === "data-json" ? () => randomDataMessage(generator) : () => generator.envelope();
  const sent = Array.from({ length: count }, make);
  const written = await inWindows(sent, (envelope) => encode(producer.process, mode, envelope));
  const faults = sent.map((envelope, index) => writeFault(mode, envelope, written[index]!));
  const wires = written.map((each) => (typeof each === "string" ? { headers: [], body: new Uint8Array() } : each));
  const received = await throughBroker(broker, `${producer.name}-${mode}`, wires);
  return Promise.all(
    consumers.map(async (consumer): Promise<PairResult> => {
      const read = await inWindows(received, (wire) => decode(consumer.process, mode, wire));
      const pair = { producer: producer.name, consumer: consumer.name, mode };
      const mismatches = sent.flatMap((envelope, index): Mismatch[] => {
        const what = faults[index] ?? readFault(mode, envelope, read[index]!);
        return what === undefined ? [] : [{ ...pair, what: `value ${index}: ${what}` }];
      });
      const result = { ...pair, count, mismatches };
      options.onResult(result);
      return result;
    }),
  );
}

/** So many at once: a testee stays busy, and its queue short. */
async function inWindows<In, Out>(items: readonly In[], ask: (item: In) => Promise<Out>): Promise<Out[]> {
  const answers: Out[] = [];
  for (let start = 0; start < items.length; start += window) {
    answers.push(...(await Promise.all(items.slice(start, start + window).map(ask))));
  }
  return answers;
}

async function encode(process: TesteeProcess, mode: string, envelope: PlainEnvelope): Promise<WireForm | string> {
  return orError(async () => {
    const { body, headers } = (await process.request({ case: "encode", value: { mode, envelope } }, deadlineMs))
      .value as EncodeReply;
    return { headers, body: bytesFrom(body) };
  });
}

async function decode(
  process: TesteeProcess,
  mode: string,
  { headers, body }: WireForm,
): Promise<PlainEnvelope | string> {
  const value = { body: readBytes(body), headers: mode === "data-json" ? dataHeaders : [...headers] };
  return orError(async () => {
    const answer = await process.request({ case: "decode", value }, deadlineMs);
    return (answer.value as DecodeReply).envelope ?? create(PlainEnvelopeSchema);
  });
}

async function orError<Value>(ask: () => Promise<Value>): Promise<Value | string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof OpError) return error.message;
    throw error;
  }
}

function writeFault(mode: string, envelope: PlainEnvelope, wire: WireForm | string): string | undefined {
  if (typeof wire === "string") return `${wire} for ${show(plainToJson(envelope))}`;
  const found =
    mode === "data-json" ? writtenDifference(envelope, wire) : wireDifference(mode, toWire(mode, envelope), wire);
  return found && `written wrong: ${found}`;
}

function readFault(mode: string, envelope: PlainEnvelope, read: PlainEnvelope | string): string | undefined {
  if (typeof read === "string") return `${read} for ${show(plainToJson(envelope))}`;
  const found =
    mode === "data-json"
      ? readDifference(envelope, read)
      : difference({ $exact: plainToJson(envelope) }, plainToJson(read));
  return found && `read wrong: ${found}`;
}
