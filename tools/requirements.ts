import { findRuby } from "./ruby/find-ruby.ts";
import type { Availability } from "./servers/availability.ts";
import { findChromium } from "./servers/chromium-binary.ts";
import { findNatsServer } from "./servers/nats-binary.ts";
import { findPostgres } from "./servers/postgres-binary.ts";

/** Something real that part of the tests runs against, and whether this machine has it. */
export interface Requirement {
  readonly name: string;
  readonly found: Availability<{ readonly version: string }>;
}

const finders = {
  "nats-server 2.9": () => findNatsServer("oldest"),
  "newest nats-server": () => findNatsServer("newest"),
  PostgreSQL: () => findPostgres(),
  Ruby: () => findRuby(),
  Chromium: () => findChromium(),
};

/** Finds everything the tests can use, fetching what is missing, and tells one line about each as it goes. */
export async function prepareRequirements(say: (line: string) => void): Promise<Requirement[]> {
  const prepared: Requirement[] = [];
  for (const [name, find] of Object.entries(finders)) {
    const started = performance.now();
    const found: Requirement["found"] = await find();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(found.available ? `${name}: ${found.version} (${seconds} s)` : `${name}: missing`);
    prepared.push({ name, found });
  }
  return prepared;
}
