import { setTimeout as delay } from "node:timers/promises";
import type { DescMethod } from "@bufbuild/protobuf";
import type { Json } from "../suite/json.ts";
import type { HeaderList } from "./http-headers.ts";
import { givesStream } from "./method-codec.ts";
import type { CallError } from "./rpc-error.ts";

/** A plan of `fixture_rpc.proto` as ProtoJSON with proto names. */
interface Plan {
  readonly headers: HeaderList;
  readonly trailers: HeaderList;
  readonly failure?: CallError;
  readonly sleep_ms: number;
  readonly hang: boolean;
  readonly exception: string;
  readonly payload_bytes: number;
}

interface Request {
  readonly text?: string;
  readonly name?: string;
  readonly number?: string | number;
  readonly payload?: string;
  readonly count?: number;
  readonly plan?: Plan;
}

/** Says an answer in the words of some protocol. */
export interface AnswerWriter {
  /** Once, before anything else. */
  begin(headers: HeaderList): void;
  message(json: Json): void;
  end(trailers: HeaderList, error: CallError | undefined): void;
}

/** Plays a method of EchoService as its requests' plan says; what a testee must do too. */
export async function playEcho(
  method: DescMethod,
  requests: AsyncIterable<Json>,
  answer: AnswerWriter,
  signal: AbortSignal,
): Promise<void> {
  const iterator = (requests as AsyncIterable<Request>)[Symbol.asyncIterator]();
  const first = await iterator.next();
  const { plan } = (first.done ? {} : first.value) as Request;
  if (plan?.sleep_ms) await delay(plan.sleep_ms, undefined, { signal });
  const messages: Json[] = [];
  let begun = false;
  for await (const message of answersTo(method, first, iterator)) {
    if (!givesStream(method)) messages.push(message);
    else {
      if (!begun) answer.begin(plan?.headers ?? []);
      begun = true;
      answer.message(message);
    }
  }
  if (!begun) answer.begin(plan?.headers ?? []);
  if (plan?.hang) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const error = failureOf(plan);
  if (!error) for (const message of messages) answer.message(message);
  answer.end(plan?.trailers ?? [], error);
}

function failureOf(plan: Plan | undefined): CallError | undefined {
  if (plan?.exception) return { code: "internal", message: "internal error", violations: [] };
  return plan?.failure;
}

async function* answersTo(
  method: DescMethod,
  first: IteratorResult<Request>,
  rest: AsyncIterator<Request>,
): AsyncGenerator<Json> {
  if (method.name === "Sum") yield addUp(await all(first, rest));
  else if (method.name === "Chat") {
    for (let next = first; !next.done; next = await rest.next()) yield { text: next.value.text ?? "" };
  } else yield* answersToOne(method, (first.done ? {} : first.value) as Request);
}

function* answersToOne(method: DescMethod, request: Request): Generator<Json> {
  const { text = "", number = "0", payload = "", name = "", count = 0, plan } = request;
  const large = plan?.payload_bytes ? Buffer.alloc(plan.payload_bytes).toString("base64") : payload;
  if (method.name === "Count") for (let turn = 1; turn <= count; turn++) yield { number: turn };
  else if (method.name === "Check") yield { name };
  else if (method.name === "CreateEcho") yield { text, run: 1 };
  else yield { text, number, payload: large };
}

async function all(first: IteratorResult<Request>, rest: AsyncIterator<Request>): Promise<Request[]> {
  const requests: Request[] = [];
  for (let next = first; !next.done; next = await rest.next()) requests.push(next.value);
  return requests;
}

function addUp(requests: readonly Request[]): Json {
  return { sum: requests.reduce((sum, { number }) => sum + Number(number), 0), count: requests.length };
}
