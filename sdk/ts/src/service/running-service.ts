import type { Meter } from "@opentelemetry/api";
import type { Clock, Random } from "../core/clock.ts";
import type { Database } from "../core/database.ts";
import type { Log } from "../core/log.ts";
import type { Probe } from "../core/probe.ts";
import type { Transport } from "../core/transport.ts";
import type { HealthReport } from "../rpc/index.ts";
import type { ServiceConfig } from "./config.ts";

/** What a start may be given instead of what the configuration names, for tests and for services that share a process. */
export interface StartOptions {
  readonly config?: Partial<ServiceConfig>;
  /** Used and left open. */
  readonly transport?: Transport;
  /** Used and left open. */
  // biome-ignore lint/suspicious/noExplicitAny: any service takes a database of its own client's types
  readonly database?: Database<any, any>;
  /** Default: JSON lines on standard output. */
  readonly log?: Log;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Default: `Math.random`. */
  readonly random?: Random;
  /** Default: OpenTelemetry's global one. */
  readonly meter?: Meter;
  /** Whether to open the port. Default true. */
  readonly listen?: boolean;
  readonly probe?: Probe;
}

/** How much a service has still to do, for whoever waits until nothing is left. */
export interface ServiceBacklog {
  /** Outbox rows that wait to be sent. */
  readonly outbox: number;
  /** Outbox rows put aside. */
  readonly quarantined: number;
  /** Events that were read or wait in the database and are not settled. */
  readonly events: number;
  /** By stream: messages behind the last one read, at most; there may be some among them that are not handled here. */
  readonly unread: Readonly<Record<string, number>>;
}

/** A service that runs in this process. */
export interface RunningService extends AsyncDisposable {
  readonly name: string;
  /** Address of RPC and health; undefined when it does not listen. */
  readonly url: string | undefined;
  /** Where its facts are written. */
  readonly log: Log;
  /** What `/health/ready` answers. */
  health(): Promise<HealthReport>;
  backlog(): Promise<ServiceBacklog>;
  /** Rejects when the service cannot go on, such as by wrong credentials; never resolves. */
  readonly failed: Promise<never>;
  /** Stops taking work, finishes what runs, stores positions, ends connections. */
  close(): Promise<void>;
}
