import type { EventContract } from "@concord/sdk";
import type { ServiceContract } from "@concord/sdk/contract";
import type { JsonSchema } from "@concord/sdk/rpc";
import type { SystemContracts } from "../system/system-contracts.ts";
import { commentOf } from "./comment-of.ts";
import { exampleOf } from "./example-of.ts";
import { messageSchemas } from "./json-schema.ts";
import { printMessage } from "./print-message.ts";

const bindings = { nats: { bindingVersion: "0.1.0" } };

/**
 * Describes what a service sends and receives as AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0):
 * a channel for each event and command, by the subject that it has on NATS. Payloads are the data inside of the envelope,
 * as ProtoJSON; `x-protobuf` has them as protobuf. The same contracts give the same document, byte for byte.
 */
export function createAsyncApi(system: SystemContracts, service: ServiceContract): JsonSchema {
  const sent = system.publishedBy(service);
  const received = system.handledBy(service);
  const all = [...new Map([...sent, ...received].map((contract) => [contract.type, contract])).values()];
  return {
    asyncapi: "3.0.0",
    info: {
      title: service.name,
      version: "0.0.0",
      description: commentOf(service.schema) || `The events and commands of ${service.name}.`,
    },
    defaultContentType: "application/json",
    servers: {
      broker: {
        host: "{host}",
        protocol: "nats",
        variables: { host: { default: "localhost:4222", description: "Host and port of nats-server." } },
      },
    },
    channels: Object.fromEntries(all.map((contract) => [contract.type, toChannel(contract)])),
    operations: Object.fromEntries([
      ...sent.map((contract) => [`send.${contract.type}`, toOperation("send", contract)]),
      ...received.map((contract) => [`receive.${contract.type}`, toReceive(service, contract)]),
    ]),
    components: {
      messages: Object.fromEntries(all.map((contract) => [contract.type, toMessage(contract)])),
      schemas: messageSchemas(all.map(({ schema }) => schema)),
    },
  };
}

function toChannel({ type, tree, stream, subjectType, partitions, owner, schema }: EventContract): JsonSchema {
  return {
    address: `${tree}.${stream}.{partition}.{key}.${subjectType}`,
    description: commentOf(schema),
    parameters: {
      partition: { description: `FNV-1a 32 of the escaped key, modulo ${partitions}.` },
      key: { description: "The escaped key; _ without one." },
    },
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
    bindings,
    "x-concord": { owner, stream, partitions },
  };
}

function toOperation(action: "send" | "receive", { type, kind }: EventContract): JsonSchema {
  const verb = action === "send" ? (kind === "command" ? "Sends" : "Publishes") : "Handles";
  return {
    action,
    summary: `${verb} ${type}.`,
    channel: { $ref: `#/channels/${type}` },
    messages: [{ $ref: `#/channels/${type}/messages/${type}` }],
    bindings,
  };
}

function toReceive({ consumes }: ServiceContract, contract: EventContract): JsonSchema {
  const fields = consumes.find(({ event }) => event === contract.type)?.fields ?? [];
  const operation = toOperation("receive", contract);
  return fields.length === 0 ? operation : { ...operation, "x-concord": { fields } };
}

function toMessage({ type, schema, deprecation }: EventContract): JsonSchema {
  return {
    name: type,
    title: schema.name,
    ...(commentOf(schema) && { summary: commentOf(schema) }),
    contentType: "application/json",
    headers: {
      type: "object",
      properties: {
        "Nats-Msg-Id": { type: "string", description: "Source and id of the event." },
        "content-type": { type: "string", const: "application/vnd.concord.envelope.v1+protobuf" },
        traceparent: { type: "string", description: "W3C trace context of this hop." },
      },
    },
    payload: { $ref: `#/components/schemas/${type}` },
    examples: [{ payload: exampleOf(schema) }],
    ...(deprecation && { tags: [{ name: "deprecated", description: deprecation.note }] }),
    "x-protobuf": { file: schema.file.proto.name, message: type, schema: printMessage(schema) },
  };
}
