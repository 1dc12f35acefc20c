import type { NatsRequest } from "@concord/gen/concord/conformance/v1/rpc_pb.js";
import type { Step } from "@concord/gen/concord/conformance/v1/step_pb.js";
import { connect, createInbox, type Msg, type NatsConnection } from "nats";
import type { CaseContext } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { difference, show } from "../match/match-value.ts";
import { foldHeaders } from "../rpc/http-headers.ts";
import { fromMsgHeaders, toMsgHeaders } from "../rpc/nats-wire.ts";
import { jsonIn } from "../rpc/send-http.ts";
import type { Json } from "../suite/json.ts";
import { jsonOf } from "../wire/bytes-value.ts";

const defaultGatherMs = 300;

/** Asks over NATS as anybody may, and checks the answers that come within a while. */
export async function doNatsRequest(context: CaseContext, step: Step, act: NatsRequest): Promise<void> {
  const connection = await connect({ servers: context.broker!.server.url });
  const gatherMs = (act.gatherMs || defaultGatherMs) * context.patience;
  const messages = await gather(connection, act, gatherMs).finally(() => connection.close());
  const answer = { answers: messages.map(toAnswer) };
  context.log.add("nats", { subject: act.subject, answer });
  if (step.as) context.values.set(step.as, answer);
  const pattern = jsonOf(step.reply);
  const found = pattern === undefined ? undefined : difference(pattern, answer);
  if (found !== undefined) throw new CaseFailure(`${act.subject} is answered as ${show(pattern)}`, found);
}

async function gather(
  connection: NatsConnection,
  { subject, headers, text }: NatsRequest,
  gatherMs: number,
): Promise<Msg[]> {
  const messages: Msg[] = [];
  const reply = createInbox();
  const answers = connection.subscribe(reply);
  const timer = setTimeout(() => answers.unsubscribe(), gatherMs);
  connection.publish(subject, text, { reply, headers: toMsgHeaders(headers) });
  for await (const message of answers) {
    // What the server itself says where nobody listens; more will not come.
    if (message.data.length === 0 && message.headers?.code === 503) break;
    messages.push(message);
  }
  clearTimeout(timer);
  return messages;
}

function toAnswer(message: Msg): Json {
  const text = message.string();
  return { headers: foldHeaders(fromMsgHeaders(message)), text, ...jsonIn(text) };
}
