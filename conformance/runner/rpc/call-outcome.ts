import type { Json } from "../suite/json.ts";
import { type FoldedHeaders, foldHeaders, type HeaderList } from "./http-headers.ts";
import type { CallError } from "./rpc-error.ts";

/** How a call ended, as its caller sees it. */
export interface CallOutcome {
  readonly headers: FoldedHeaders;
  readonly messages: readonly Json[];
  readonly trailers: FoldedHeaders;
  /** Absent: it did not fail. */
  readonly error?: CallError;
}

/** Gathers what a caller hears. */
export interface Hearing {
  headers: HeaderList;
  trailers: HeaderList;
  readonly messages: Json[];
  error: CallError | undefined;
}

/** Nothing was heard yet. */
export function createHearing(): Hearing {
  return { headers: [], trailers: [], messages: [], error: undefined };
}

/** What was heard when all is over. */
export function toOutcome({ headers, trailers, messages, error }: Hearing): CallOutcome {
  return { headers: foldHeaders(headers), messages, trailers: foldHeaders(trailers), ...(error && { error }) };
}

/** An error that no peer told. */
export function ownError(code: string, message: string): CallError {
  return { code, message, violations: [] };
}
