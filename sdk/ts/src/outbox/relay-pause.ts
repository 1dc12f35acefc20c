import { backoffDelayMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";

/** Bounds of a wait that grows with each failure in a row. */
export interface PausePolicy {
  /** Upper bound of the first wait, in milliseconds. */
  readonly initialMs: number;
  /** Upper bound of any wait, in milliseconds. */
  readonly maxMs: number;
}

/** One pause: how long something that failed is left alone. */
export interface Pause {
  /** Milliseconds until it may be tried again; 0 when it may be now. */
  remainingMs(): number;
  /** Begins a pause and gives its length; undefined while one is on, because failures of one outage come in crowds. */
  begin(): number | undefined;
  /** Says it works, so that the next pause is short again. True when there was trouble before. */
  end(): boolean;
}

/** Makes a pause that is not on. Its waits double with each failure in a row and are spread by jitter (trap T16). */
export function createPause(options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: PausePolicy;
}): Pause {
  const { clock, random, policy } = options;
  let failures = 0;
  let untilMs = 0;
  const remainingMs = () => (failures === 0 ? 0 : Math.max(0, untilMs - clock.now()));
  return {
    remainingMs,
    begin() {
      if (remainingMs() > 0) return undefined;
      failures++;
      const delayMs = backoffDelayMs(policy, failures, random);
      untilMs = clock.now() + delayMs;
      return delayMs;
    },
    end() {
      if (failures === 0) return false;
      failures = 0;
      return true;
    },
  };
}

/** The pauses of one relay: for the broker as a whole and for single streams that are full or missing. */
export interface RelayPauses {
  readonly broker: Pause;
  /** Milliseconds that rows to a stream must wait; 0 for one without trouble. */
  streamRemainingMs(name: string): number;
  stream(name: string): Pause;
  /** Says that a stream took a message; true when there was trouble before. */
  succeed(stream: string): boolean;
  /** Streams in trouble. */
  readonly troubledStreams: readonly string[];
}

/** Makes pauses of which none is on. */
export function createRelayPauses(options: Parameters<typeof createPause>[0]): RelayPauses {
  const broker = createPause(options);
  const streams = new Map<string, Pause>();
  return {
    broker,
    streamRemainingMs: (name) => streams.get(name)?.remainingMs() ?? 0,
    stream(name) {
      const known = streams.get(name);
      if (known) return known;
      const pause = createPause(options);
      streams.set(name, pause);
      return pause;
    },
    succeed(stream) {
      const brokerRecovered = broker.end();
      return streams.delete(stream) || brokerRecovered;
    },
    get troubledStreams() {
      return [...streams.keys()];
    },
  };
}
