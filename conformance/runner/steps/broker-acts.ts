import type { RawPublish } from "@concord/gen/concord/conformance/v1/notation_pb.js";
import type { BrokerAct, ConsumerAct, StreamAct } from "@concord/gen/concord/conformance/v1/server_act_pb.js";
import type { NatsBroker } from "../broker/nats-broker.ts";
import type { StoredMessage } from "../broker/stream-source.ts";
import { brokerStream, type CaseContext } from "../context/case-context.ts";
import { toReadyMessages } from "../context/raw-message.ts";
import type { Json, JsonObject } from "../suite/json.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { headerValue } from "../wire/header-list.ts";

/** The broker of a case. */
export function brokerOf({ broker }: CaseContext): NatsBroker {
  if (broker) return broker;
  throw new SuiteError("this step needs a broker: a level above L0 and no tr=embedded");
}

/** Does something to the case's own broker. */
export async function doBroker(context: CaseContext, { act }: BrokerAct): Promise<void> {
  if (!context.permutation.case.definition.ownBroker) throw new SuiteError("the case needs own_broker: {}");
  const { server } = brokerOf(context);
  context.log.add("broker", { act: act.case });
  if (act.case === "stop") await server.kill("SIGTERM");
  else if (act.case === "kill") await server.kill("SIGKILL");
  else if (act.case === "start" || act.case === "restart") await server.restart();
  else if (act.case === "pause") await server.kill("SIGSTOP");
  else if (act.case === "resume") await server.kill("SIGCONT");
}

/** Publishes messages of the runner's making, one after the other. */
export async function doRaw(context: CaseContext, { messages, unacknowledged }: RawPublish): Promise<Json> {
  const { api } = brokerOf(context);
  const acks: Json[] = [];
  for (const raw of messages) {
    for (const { subject, headers, body, event } of await toReadyMessages(context, raw)) {
      context.log.add("raw", { subject, headers, body: Buffer.from(body).toString("hex") });
      if (unacknowledged) api.send(subject, headers, body);
      else acks.push(await api.publish(subject, headers, body));
      if (event) context.published.push(event);
    }
  }
  return { acks };
}

/** Does something to a stream. */
export async function doStream(context: CaseContext, { name, act }: StreamAct): Promise<void> {
  const { api, streams } = brokerOf(context);
  const stream = brokerStream(context, name);
  context.log.add("stream", { stream, act: act.case });
  const config = () => streams.config(stream).then((found) => found ?? {});
  if (act.case === "create") await api.call(`STREAM.CREATE.${stream}`, { ...(act.value as JsonObject), name: stream });
  else if (act.case === "update")
    await api.call(`STREAM.UPDATE.${stream}`, { ...(await config()), ...(act.value as JsonObject) });
  else if (act.case === "purge")
    await api.call(`STREAM.PURGE.${stream}`, act.value.before ? { seq: Number(act.value.before) } : {});
  else if (act.case === "delete") await api.call(`STREAM.DELETE.${stream}`);
  else if (act.case === "recreate") await recreate(context, stream, []);
  else if (act.case === "truncate")
    await recreate(context, stream, (await streams.messages(stream)).slice(0, act.value));
  else if (act.case === "deleteMessage") await api.call(`STREAM.MSG.DELETE.${stream}`, { seq: Number(act.value) });
}

/** Makes a stream again with the same settings, and some of its messages at the same sequences. */
async function recreate(context: CaseContext, stream: string, kept: readonly StoredMessage[]): Promise<void> {
  const { api, streams } = brokerOf(context);
  const config = await streams.config(stream);
  if (!config) throw new SuiteError(`there is no stream ${stream}`);
  await api.call(`STREAM.DELETE.${stream}`);
  await api.call(`STREAM.CREATE.${stream}`, config);
  for (const { subject, headers, body } of kept) {
    if (headerValue(headers, "Nats-Expected-Stream") === undefined) await api.publish(subject, headers, body);
  }
}

/** Does something to a durable consumer. */
export async function doConsumer(context: CaseContext, { stream: short, name, act }: ConsumerAct): Promise<void> {
  const { api, streams } = brokerOf(context);
  const stream = brokerStream(context, short);
  context.log.add("consumer", { stream, name, act: act.case });
  if (act.case === "create") {
    const config = { durable_name: name, ack_policy: "explicit", ...(act.value as JsonObject) };
    await api.call(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, { stream_name: stream, config });
    return;
  }
  const names = name ? [name] : (await streams.consumers(stream)).map((consumer) => String(consumer.name));
  for (const each of names) await api.call(`CONSUMER.DELETE.${stream}.${each}`);
}
