import { DiscardPolicy } from "@nats-io/jetstream";
import type { Plant } from "../plant.ts";
import { besideSdk } from "./jetstream.ts";

/** Lets a full stream drop what nobody has read (trap T16). */
export const discardOld: Plant = {
  ops: (ops) => ({
    ...ops,
    provision: async (asked, testee) => {
      const answer = await ops.provision(asked, testee);
      const { brokerUrl, namespace } = testee.session.settings;
      const name = `${namespace ? `${namespace}-` : ""}evt-${asked.fixture}`;
      await besideSdk(brokerUrl, ({ streams }) => streams.update(name, { discard: DiscardPolicy.Old }));
      return answer;
    },
  }),
};
