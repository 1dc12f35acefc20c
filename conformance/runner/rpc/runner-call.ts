import type { DescMethod } from "@bufbuild/protobuf";
import type { Json } from "../suite/json.ts";
import type { HttpAsk, HttpExchange } from "./http-exchange.ts";
import type { HeaderList } from "./http-headers.ts";
import type { Way } from "./way.ts";

/** A call that the runner makes. */
export interface RunnerCall {
  readonly url: string;
  readonly way: Way;
  readonly method: DescMethod;
  readonly messages: readonly Json[];
  readonly headers: HeaderList;
  readonly timeoutMs: number | undefined;
  readonly cancelAfterMs: number | undefined;
  readonly inTurn: boolean;
  readonly get: boolean;
  /** Empty: none. */
  readonly compression: string;
  /** What carries it instead of HTTP. */
  readonly carry: ((ask: HttpAsk) => HttpExchange) | undefined;
  /** Instead of the method's; empty: none. */
  readonly path: string;
  /** Instead of messages. */
  readonly body: Uint8Array | undefined;
  /** Times that the runner waits longer, where the machine is slow. */
  readonly patience: number;
}
