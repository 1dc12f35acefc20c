import { redriveMessage } from "../../sdk/ts/src/core/dead-letter.ts";
import { decodeEnvelope } from "../../sdk/ts/src/core/envelope/decode-envelope.ts";
import type { SeededRandom } from "../../sdk/ts/src/testing/seeded-random.ts";
import { consumers, readDeadLetters, type Scene } from "./read-history.ts";

/** Redrives most of the dead letters that were not seen before, some of them twice, as a person in a hurry does. */
export async function redriveSome(scene: Scene, seen: Map<string, bigint>, random: SeededRandom): Promise<void> {
  for (const consumer of consumers) {
    for (const letter of await readDeadLetters(scene, consumer, seen.get(consumer))) {
      seen.set(consumer, letter.sequence);
      if (random.chance(0.3)) continue;
      const { source, id } = decodeEnvelope(letter.body);
      const request = redriveMessage(letter, { source, id });
      await scene.broker.publish(request);
      if (random.chance(0.5)) await scene.broker.publish({ ...request, messageId: `${request.messageId}/again` });
    }
  }
}
