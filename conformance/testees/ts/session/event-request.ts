import { fromBinary, type Message } from "@bufbuild/protobuf";
import type { Event } from "@concord/gen/concord/conformance/v1/message_pb.js";
import type { PublishOptions } from "@concord/sdk";
import { messageOf } from "../fixtures.ts";
import { toBytes } from "../protocol/bytes.ts";

/** An event of the protocol as the SDK's verbs take it. */
export interface EventToPublish {
  readonly schema: ReturnType<typeof messageOf>;
  readonly data: Message;
  readonly options: PublishOptions;
}

/** Reads what is to be published. */
export function toPublish(event: Event): EventToPublish {
  const schema = messageOf(event.type);
  const { key, idempotencyKey, time, correlationId, attributes } = event;
  return {
    schema,
    data: fromBinary(schema, toBytes(event.data) ?? new Uint8Array()),
    options: {
      ...(key !== undefined && { key }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(time && { time: { seconds: time.seconds, nanos: time.nanos } }),
      ...(correlationId !== undefined && { correlationId }),
      attributes,
    },
  };
}

/** Gives field `n` of a message of the suite; 0 where its type has none. */
export function numberOf(data: Message): number {
  const { n } = data as Message & { readonly n?: unknown };
  return typeof n === "number" ? n : 0;
}
