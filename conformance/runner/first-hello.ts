import type { HelloReply } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import type { TesteePool } from "./cases/testee-pool.ts";
import type { TesteeProfile } from "./suite/profile.ts";
import { SuiteError } from "./suite/suite-error.ts";

/**
 * Starts a testee, hears who it is, and leaves it in the pool.
 * @throws {SuiteError} when it claims other features than its profile says, or what no case knows.
 */
export async function firstHello(
  pool: TesteePool,
  profile: TesteeProfile,
  known: ReadonlySet<string>,
): Promise<HelloReply> {
  const first = await pool.acquire();
  const { features } = first.hello;
  checkClaims(profile, features);
  const unknown = features.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new SuiteError(`testee ${profile.name} claims what no case knows: ${unknown.join(", ")}`);
  }
  await pool.release(first);
  return first.hello;
}

/** A testee must claim what its profile says, no more and no less. */
function checkClaims({ features, name }: TesteeProfile, claimed: readonly string[]): void {
  if (features === undefined) return;
  const surplus = claimed.filter((each) => !features.includes(each)).map((each) => `+${each}`);
  const missing = features.filter((each) => !claimed.includes(each)).map((each) => `-${each}`);
  if (surplus.length + missing.length === 0) return;
  throw new SuiteError(`testee ${name} claims other features than its profile: ${[...surplus, ...missing].join(" ")}`);
}
