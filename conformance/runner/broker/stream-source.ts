import type { JsonObject } from "../suite/json.ts";
import type { WireHeader } from "../wire/header-list.ts";

/** A message as a stream keeps it. */
export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly headers: readonly WireHeader[];
  readonly body: Uint8Array;
}

/** Where streams can be read; names are the broker's, with namespace. */
export interface StreamSource {
  /** All messages, in order; none when there is no such stream. */
  messages(stream: string): Promise<readonly StoredMessage[]>;
  /** Names of the streams that begin so. */
  names(prefix: string): Promise<readonly string[]>;
  /** Settings as the broker tells them; undefined when there is no such stream. */
  config(stream: string): Promise<JsonObject | undefined>;
  /** The durable consumers of a stream as the broker tells them. */
  consumers(stream: string): Promise<readonly JsonObject[]>;
}
