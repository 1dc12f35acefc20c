import type { Message } from "@bufbuild/protobuf";
import type { EventContract } from "./contract/event-contract.ts";
import { ConcordError, isConcordError } from "./error.ts";
import type { Validate, Violation } from "./validate.ts";

/** Bytes of a broker's limit that are left free, for the headers that a dead letter adds (conformance F17). */
export const reservedPayloadBytes = 16_384;

/** Which verb publishes: a fact to whoever wants it, or a request to one service. */
export type PublishVerb = "publish" | "send";

/** What one service may publish. */
export interface PublicationRights {
  /** It may publish only events that it owns. */
  readonly service: string;
  /** Full names of the commands that its contract lets it send. Unset: any. */
  readonly sends?: readonly string[] | undefined;
}

/**
 * Checks that a service may publish an event, and with this verb: events are their owner's to publish, commands may be
 * sent by whoever its contract lets.
 * @throws {ConcordError} `invalid_argument` (wrong verb), `failed_precondition`
 */
export function checkRight(verb: PublishVerb, contract: EventContract, { service, sends }: PublicationRights): void {
  const { type, kind, owner } = contract;
  const right = kind === "command" ? "send" : "publish";
  if (verb !== right) throw new ConcordError("invalid_argument", `${type} is ${article(kind)}; use ${right}(…) for it`);
  if (owner === service) return;
  if (kind === "event") {
    throw new ConcordError("failed_precondition", `${service} cannot publish ${type}: it belongs to ${owner}`, {
      details: { type, owner },
    });
  }
  if (sends && !sends.includes(type)) {
    throw new ConcordError(
      "failed_precondition",
      `${service} cannot send ${type}: name it in "sends" of its contract`,
      {
        details: { type, owner },
      },
    );
  }
}

function article(kind: EventContract["kind"]): string {
  return kind === "event" ? "an event" : "a command";
}

/**
 * Finds every violation at once, that of an unset idempotency field included, and gives the idempotency key.
 * @param idempotencyKey replaces that of the contract
 * @throws {ConcordError} `invalid_data` with `details.violations`
 */
export function checkData(
  contract: EventContract,
  data: Message,
  idempotencyKey: string | undefined,
  validate: Validate,
): string | undefined {
  const violations = [...validate(contract.schema, data)];
  let operation = idempotencyKey;
  try {
    operation ??= contract.idempotencyKeyOf(data);
  } catch (error) {
    if (!isConcordError(error, "invalid_data")) throw error;
    violations.push(...(error.details.violations as readonly Violation[]));
  }
  if (violations.length === 0) return operation;
  const rules = violations.map(({ field, message }) => (field ? `${field} ${message}` : message)).join("; ");
  throw new ConcordError("invalid_data", `${contract.type} breaks its contract: ${rules}`, { details: { violations } });
}

/**
 * Checks that an event fits the broker before it is stored, and not when it is sent (trap T17).
 * @throws {ConcordError} `too_large`
 */
export function checkSize(contract: EventContract, id: string, bytes: number, maxPayloadBytes: number): void {
  const limitBytes = maxPayloadBytes - reservedPayloadBytes;
  if (bytes <= limitBytes) return;
  throw new ConcordError(
    "too_large",
    `${contract.type} ${id} takes ${bytes} bytes and the broker leaves room for ${limitBytes}; store the content elsewhere and publish its address`,
    { details: { type: contract.type, id, bytes, limitBytes } },
  );
}
