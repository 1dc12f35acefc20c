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

/** The SDK writes sentences, each about one stream. */
function toChange(sentence: string): string {
  const [name = sentence] = /(?:[a-z0-9]+-)?(?:evt|cmd|dlq|rdr)-[a-z0-9-]+/.exec(sentence) ?? [];
  return `${/made (?:with|the stream)/.test(sentence) ? "created" : "updated"} ${name}`;
}
