import { formatSubject, parseSubject, readDeadLetter } from "@concord/sdk";
import type { Plant } from "../plant.ts";

/** Publishes a dead letter into its stream again, for every service that reads it. */
export const redriveToAll: Plant = {
  ops: (ops) => ({
    ...ops,
    redrive: async ({ stream, seq }, { session }) => {
      const transport = await session.transport();
      const message = (await transport.get(stream, seq))!;
      const letter = readDeadLetter(message);
      const subject = formatSubject(parseSubject(letter.originalSubject)!);
      const headers = { "content-type": message.headers["content-type"] ?? "", "concord-redrive": "1" };
      const messageId = `again/${stream}/${seq}`;
      await transport.publish({ stream: letter.originalStream, subject, messageId, headers, body: message.body });
      await transport.remove(stream, seq);
      return {};
    },
  }),
};
