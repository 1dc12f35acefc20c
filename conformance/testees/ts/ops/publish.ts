import { createPublisher, type PublishAck, type Transport } from "@concord/sdk";
import { toPublish } from "../session/event-request.ts";
import type { Op } from "./op.ts";

/** Publishes without a database, one event after the other. */
export const publish: Op<"publish"> = async ({ events, timeoutMs, inSpan }, { session }) => {
  const { clock, random, points, faults } = session;
  const { transport, ackOf } = noteAcks(await session.transport());
  const results = [];
  for (const event of events) {
    const { id, source, tracestate } = event;
    const preparer = session.preparerOf({ id, source, tracestate, span: inSpan || undefined });
    const options = { transport, preparer, deadlineMs: timeoutMs, clock, random, probe: points };
    const publisher = createPublisher(faults.publisher?.(options) ?? options);
    const { schema, data, options: chosen } = toPublish(event);
    const isCommand = schema.typeName.endsWith("Command");
    const published = await (isCommand ? publisher.send : publisher.publish)(schema, data, chosen);
    const { stream, sequence: seq, duplicate } = ackOf();
    results.push({ id: published.id, stream, seq, duplicate });
  }
  return { results };
};

/** The SDK's verbs give the id alone; the runner wants to see what the broker said. */
function noteAcks(transport: Transport): { transport: Pick<Transport, "publish">; ackOf: () => PublishAck } {
  let last: PublishAck | undefined;
  return {
    transport: {
      async publish(message, options) {
        last = await transport.publish(message, options);
        return last;
      },
    },
    ackOf: () => last!,
  };
}
