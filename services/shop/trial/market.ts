import type { DescService } from "@bufbuild/protobuf";
import type { createRpcClient } from "@concord/sdk/rpc";

/** A shop on trial, wherever it runs. */
export interface Market {
  client<Desc extends DescService>(service: Desc): ReturnType<typeof createRpcClient<Desc>>;
  /** Lets one of its processes die, `steps` from now where steps are counted. */
  kill(nth: number, steps: number): Promise<void>;
  /** Lets some events and commands reach their consumers again. */
  redeliver(nth: number): Promise<void>;
  /** Its time, in milliseconds since the epoch. */
  now(): number;
  /** Lets time go on where time is ours. */
  wait(minutes: number): Promise<void>;
  /** Resolves when the audit finds no fault any more; rejects with what it finds when nothing goes on. */
  settle(audit: () => Promise<readonly string[]>): Promise<void>;
}
