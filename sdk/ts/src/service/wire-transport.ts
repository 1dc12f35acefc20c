import { ConcordError } from "../core/error.ts";
import { joinNatsPubsub } from "../core/nats-pubsub/join-system.ts";
import type { Transport } from "../core/transport.ts";
import { sendAs } from "../core/wire/send-as.ts";
import { foreignWire } from "./config.ts";
import type { ServiceParts } from "./parts.ts";

/**
 * A service's transport as its configuration wants events written.
 * @throws {ConcordError} `config` when it is to speak another system's wire and names none of its topics.
 */
export function toWireTransport(
  transport: Transport,
  { name, config, definition }: Pick<ServiceParts, "name" | "config" | "definition">,
): Transport {
  const { wireFormat, namespace } = config;
  if (wireFormat !== foreignWire) return sendAs(transport, wireFormat);
  const { natsPubsub } = definition.options;
  if (natsPubsub) return joinNatsPubsub(transport, { ...natsPubsub, namespace });
  throw new ConcordError("config", `service ${name} names no topics of a NatsPubsub system; give them as natsPubsub`);
}
