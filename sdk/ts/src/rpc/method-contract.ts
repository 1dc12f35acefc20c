import { type DescMethod, getOption } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Access, Idempotency, method as methodOption } from "@concord/gen/concord/rpc/v1/options_pb.js";

/** What the contract says about one RPC method. */
export interface MethodContract {
  /** A caller needs one of them. */
  readonly roles: readonly string[];
  /** Who may call without a role: everybody, whoever has credentials, or nobody. */
  readonly access: "public" | "authenticated" | "roles";
  /** Whether calls with one key are one call. */
  readonly idempotencyKey: "ignored" | "optional" | "required";
  /** How long the first answer of a key is kept, in milliseconds. */
  readonly idempotencyRetentionMs: number;
  /** Whether repeating a call has no further effect: by its nature, or by its key. */
  readonly repeatable: boolean;
}

const hourMs = 3_600_000;
const defaultRetentionHours = 24;

/** Reads the contract of a method from its options. */
export function methodContract(method: DescMethod): MethodContract {
  const options = getOption(method, methodOption);
  const idempotencyKey = keyUse(options.idempotency);
  return {
    roles: options.roles,
    access: accessOf(options.access),
    idempotencyKey,
    idempotencyRetentionMs: (options.idempotencyRetentionHours ?? defaultRetentionHours) * hourMs,
    repeatable:
      idempotencyKey !== "ignored" || method.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
  };
}

/** Makes a reader that reads the contract of each method once: it is asked for with every call. */
export function createMethodContracts(): (method: DescMethod) => MethodContract {
  const known = new WeakMap<DescMethod, MethodContract>();
  return (method) => {
    let contract = known.get(method);
    if (!contract) {
      contract = methodContract(method);
      known.set(method, contract);
    }
    return contract;
  };
}

function keyUse(idempotency: Idempotency): MethodContract["idempotencyKey"] {
  if (idempotency === Idempotency.KEY_REQUIRED) return "required";
  return idempotency === Idempotency.KEY_OPTIONAL ? "optional" : "ignored";
}

function accessOf(access: Access): MethodContract["access"] {
  if (access === Access.PUBLIC) return "public";
  return access === Access.AUTHENTICATED ? "authenticated" : "roles";
}
