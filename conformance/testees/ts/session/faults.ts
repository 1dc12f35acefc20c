import type {
  AcknowledgingConsumerOptions,
  EventPublisherOptions,
  LogConsumerOptions,
  Middleware,
  Mutation,
  RelayOptions,
  StreamSpec,
  Transport,
} from "@concord/sdk";
import type { RpcFaults } from "../rpc/rpc-faults.ts";
import type { Storage } from "./storage.ts";

/** What a planted fault may decorate in a session; see `plants/`. Nothing set: no fault. */
export interface SessionFaults extends RpcFaults {
  /** Safeguards of the SDK that are missing. */
  readonly without?: readonly Mutation[];
  /** What happens between the SDK and the broker. */
  readonly transport?: (transport: Transport) => Transport;
  /** What streams are asked for. */
  readonly streams?: (streams: readonly StreamSpec[]) => readonly StreamSpec[];
  readonly publisher?: (options: EventPublisherOptions) => EventPublisherOptions;
  /** Around the handler; the innermost is the script. */
  readonly middlewares?: (middlewares: readonly Middleware[]) => Middleware[];
  readonly acknowledging?: (options: AcknowledgingConsumerOptions) => AcknowledgingConsumerOptions;
  readonly log?: (options: LogConsumerOptions) => LogConsumerOptions;
  /** Commits wake no relay. */
  readonly isDeaf?: boolean;
  readonly storage?: (storage: Storage) => Storage;
  readonly relay?: (options: RelayOptions) => RelayOptions;
}
