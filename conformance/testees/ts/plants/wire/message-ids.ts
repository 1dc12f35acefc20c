import type { Plant } from "../plant.ts";
import { isRedrive, sending } from "./messages.ts";

/** Writes the header's name as other libraries do, which the broker stores and ignores (trap T22). */
export const lowerMsgId: Plant = { without: ["wrong-header-case"] };

/** Takes the id for unique by itself. */
export const idSansSource: Plant = {
  transport: sending((message) => ({ ...message, messageId: message.messageId.split("/").at(-1)! })),
};

/** Puts the id behind the source as it is, so that two events may have one message id. */
export const rawSlash: Plant = {
  transport: sending((message) => ({ ...message, messageId: message.messageId.replaceAll("%2F", "/") })),
};

/** Makes a new event of each repetition. */
export const retryNewId: Plant = { without: ["new-event-id-on-retry"] };

/** Gives each redrive of an event the same message id, so that the broker drops the second (trap T6). */
export const redriveSameId: Plant = {
  transport: sending((message) =>
    isRedrive(message) ? { ...message, messageId: message.messageId.replace(/\/redrive\/\d+$/, "") } : message,
  ),
};
