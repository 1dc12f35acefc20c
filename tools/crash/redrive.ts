import { redriveMessage } from "../../sdk/ts/src/core/dead-letter.ts";
import { decodeEnvelope } from "../../sdk/ts/src/core/envelope/decode-envelope.ts";
import type { EventIdentity } from "../../sdk/ts/src/testing/history/index.ts";
import type { SeededRandom } from "../../sdk/ts/src/testing/seeded-random.ts";
import { consumers, readDeadLetters, type Scene } from "./read-history.ts";

/** What was redriven so far, and up to which dead letter. */
export interface Redriven {
  readonly seen: Map<string, bigint>;
  readonly events: (EventIdentity & { readonly consumer: string })[];
}

/** Begins with nothing redriven. */
export function nothingRedriven(): Redriven {
  return { seen: new Map(), events: [] };
}

/** Redrives most of the dead letters that were not seen before, some of them twice, as a person in a hurry does. */
export async function redriveSome(scene: Scene, { seen, events }: Redriven, random: SeededRandom): Promise<void> {
  for (const consumer of consumers) {
    for (const letter of await readDeadLetters(scene, consumer, seen.get(consumer))) {
      seen.set(consumer, letter.sequence);
      if (random.chance(0.3)) continue;
      const { source, id } = decodeEnvelope(letter.body);
      const request = redriveMessage(letter, { source, id });
      await scene.broker.publish(request);
      events.push({ consumer, source, id });
      if (random.chance(0.5)) await scene.broker.publish({ ...request, messageId: `${request.messageId}/again` });
    }
  }
}
