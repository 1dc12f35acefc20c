import { type ContextKey, createContextKey } from "@connectrpc/connect";

/** Who makes a call, as its credentials say. */
export interface Caller {
  /** The token's `sub`. */
  readonly subject: string;
  readonly roles: readonly string[];
  /** All that the token claims. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Where the caller of a call is kept; undefined where calls are not authenticated, and for callers without credentials. */
export const callerKey: ContextKey<Caller | undefined> = createContextKey<Caller | undefined>(undefined, {
  description: "the caller",
});
