import { follow, type Lookup } from "../suite/placeholders.ts";
import type { CaseContext } from "./case-context.ts";
import { pinnedId, uuid7At } from "./ids.ts";

const bodyReserveBytes = 16_384;

/** Looks up the placeholders of a case; `turn` is that of the innermost repetition. */
export function lookupIn(context: CaseContext, turn = 0): Lookup {
  const { permutation, ns, seed, maxPayload, startedAtMs, values } = context;
  const known: Readonly<Record<string, string | number>> = {
    ...permutation.axes,
    ns,
    "ns.": ns && `${ns}.`,
    "ns-": ns && `${ns}-`,
    service: context.testees.get("A")?.service ?? "counter",
    i: turn,
    limit: maxPayload - bodyReserveBytes,
    max_payload: maxPayload,
    seed: seed.toString(),
    ...(context.rpc.peerUrl === undefined ? {} : { peer: context.rpc.peerUrl }),
  };
  return (name) => {
    const [, id] = /^id:(\d+)$/.exec(name) ?? [];
    if (id !== undefined) return pinnedId(Number(id));
    const [, ms] = /^ms:(\d+)$/.exec(name) ?? [];
    if (ms !== undefined) return Number(ms) * context.patience;
    const [, idSeconds] = /^uuid7:(-?\d+)$/.exec(name) ?? [];
    if (idSeconds !== undefined) return uuid7At(startedAtMs + Number(idSeconds) * 1000, ++context.counters.id);
    const [, nowSeconds] = /^now([+-]\d+)?$/.exec(name) ?? [];
    if (name === "now" || nowSeconds !== undefined) {
      return new Date(startedAtMs + Number(nowSeconds ?? 0) * 1000).toISOString();
    }
    const [head, ...path] = name.split(".");
    return known[name] ?? follow(values.get(head!), path);
  };
}
