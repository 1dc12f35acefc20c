import type { Plant } from "../plant.ts";
import { besideSdk } from "./jetstream.ts";

const partitions = 8;

/** Names each handled type in a filter of its own, which costs a newer broker much and an older one does not know (T36). */
export const filterList: Plant = {
  ops: (ops) => ({
    ...ops,
    subscribe: async (asked, testee) => {
      const answer = await ops.subscribe(asked, testee);
      const { brokerUrl, namespace, service } = testee.session.settings;
      const stream = `${namespace ? `${namespace}-` : ""}evt-counted`;
      await new Promise((resolve) => setTimeout(resolve, 500));
      await besideSdk(brokerUrl, async ({ consumers }) => {
        for (let partition = 0; partition < partitions; partition++) {
          const subject = `${namespace ? `${namespace}.` : ""}evt.counted.${partition}.*`;
          const filter_subjects = asked.types.map((type) => `${subject}.${type}`);
          const update = { filter_subject: "", filter_subjects };
          await consumers.update(stream, `${service}-counted-${partition}`, update);
        }
      });
      return answer;
    },
  }),
};
