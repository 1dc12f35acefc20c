import { call, type VectorJson } from "./vector.ts";

const policies = [
  { initial_ms: 200, max_ms: 30_000 },
  { initial_ms: 1, max_ms: 1 },
  { initial_ms: 7, max_ms: 100 },
  { initial_ms: 1_000, max_ms: 500 },
] as const;
const attempts = [1, 2, 3, 8, 9, 63, 64, 100];
const randoms = [0, 0.5, 0.999999];

/** Case S14: half to all of min(max, initial * 2^(n-1)), rounded down (F10). */
export function delayVectors(): VectorJson[] {
  return policies.flatMap((policy, index) =>
    attempts.flatMap((attempt) =>
      randoms.map((random) => {
        const bound = Math.min(policy.max_ms, policy.initial_ms * 2 ** (attempt - 1));
        const ms = Math.floor(bound / 2 + (random * bound) / 2);
        const id = `S14-${index + 1}-attempt-${String(attempt).padStart(3, "0")}-${String(random).replace(".", "")}`;
        return call(id, "backoff with jitter", { delay_of: { policy, attempt, random } }, { ms });
      }),
    ),
  );
}
