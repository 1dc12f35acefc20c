import { createContractReader, isEvent, streamSpecs } from "@concord/sdk";
import { fileOf } from "../fixtures.ts";
import type { Op } from "./op.ts";

/** Makes the streams of a service that publishes and handles everything in a contract file. */
export const provision: Op<"provision"> = async ({ fixture }, { session, faults }) => {
  const { namespace, service } = session.settings;
  const reader = createContractReader();
  const contracts = fileOf(fixture)
    .messages.filter(isEvent)
    .map((schema) => reader.event(schema));
  const owner = await session.storage?.stores.identity.read();
  const wanted = streamSpecs(service, { handled: contracts, published: contracts }, { namespace, owner });
  const transport = await session.transport();
  const { changes, warnings } = await transport.provision(faults.streams?.(wanted) ?? wanted);
  return { changes: changes.map(toChange), warnings: warnings.map(() => "stream_kept") };
};

/** The SDK's sentences begin with the stream's name, or end with it. */
function toChange(sentence: string): string {
  const name = /(?:^stream |^created |^)(\S*(?:evt|cmd|dlq|rdr)-[a-z0-9-]+)|of (\S+-\S+)/.exec(sentence);
  const isNew = /made with|^created/.test(sentence);
  return `${isNew ? "created" : "updated"} ${name?.[1] ?? name?.[2] ?? sentence}`;
}
