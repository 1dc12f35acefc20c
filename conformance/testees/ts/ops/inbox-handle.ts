import {
  compose,
  createRouter,
  decodeMessage,
  decodeWire,
  escapeKeyToken,
  formatSubject,
  type Outcome,
  parseSubject,
  partitionOf,
  streamName,
} from "@concord/sdk";
import { defaultType, messageOf } from "../fixtures.ts";
import { toBytes } from "../protocol/bytes.ts";
import { BadRequest } from "../protocol/error.ts";
import { toHeaders } from "../protocol/headers.ts";
import { createCaseInbox, middlewaresOf } from "../session/consumer.ts";
import type { Op } from "./op.ts";

/** Handles one message as if it had been read from the stream. */
export const inboxHandle: Op<"inboxHandle"> = async ({ body, headers, script, subject, seq }, { session }) => {
  const { storage, settings, clock, log } = session;
  if (!storage) throw new BadRequest("an inbox needs a database");
  const wire = { headers: toHeaders(headers), body: toBytes(body) ?? new Uint8Array() };
  const router = createRouter().on(messageOf(typeOf(subject, wire)), () => {});
  const inbox = createCaseInbox(session, storage, router.find);
  const message = {
    stream: streamName("evt", "counted", settings.namespace),
    sequence: seq,
    subject: subject || subjectFor(wire, settings.namespace),
    ...wire,
    storedAtMs: clock.now(),
  };
  const handle = compose(middlewaresOf(session, script), router.handle);
  const outcome = await settle();
  return { outcome: words[outcome.kind] };

  async function settle(): Promise<Outcome> {
    try {
      const event = decodeMessage(message, router.find);
      if (!event) return { kind: "done" };
      const state = { attempt: 1, signal: new AbortController().signal, log };
      const outcome = await inbox.process(event, handle, state);
      session.runs.settled(event, outcome.kind === "done");
      return outcome;
    } catch (error) {
      return inbox.reject(message, error);
    }
  }
};

const words: Readonly<Record<Outcome["kind"], string>> = {
  done: "handled",
  duplicate: "duplicate",
  parked: "retry",
  retry: "retry",
  dead: "dead",
};

function typeOf(subject: string, wire: Parameters<typeof decodeWire>[0]): string {
  const named = parseSubject(subject)?.type;
  if (named) return named;
  try {
    return decodeWire(wire).type;
  } catch {
    return defaultType;
  }
}

function subjectFor(wire: Parameters<typeof decodeWire>[0], namespace: string | undefined): string {
  const { key, id, type } = decodeWire(wire);
  const keyToken = key === undefined ? undefined : escapeKeyToken(key);
  const partition = partitionOf(keyToken ?? id, 8);
  return formatSubject({ namespace, tree: "evt", stream: "counted", partition, keyToken, type });
}
