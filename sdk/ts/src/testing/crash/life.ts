import { ConcordError } from "../../core/error.ts";
import type { Mutation, Probe, ProbePoint } from "../../core/probe.ts";

/**
 * A step with which a process reaches out of itself: it asks or writes the database, the broker, or goes by one of the named
 * points. `committed` and `published` come after the deed and before the answer, where its outcome is unknown.
 */
export type Step =
  | ProbePoint
  | "begin"
  | "statement"
  | "commit"
  | "committed"
  | "publish"
  | "published"
  | "read"
  | "ask broker";

/** What happens to a process at a step. Undefined: nothing. `cut` breaks its connection. */
export type Accident = "die" | "freeze" | "cut" | undefined;

/** What a life is made of. */
export interface LifeOptions {
  /** Decides at each step; told of steps only while the process runs. */
  readonly accidentAt?: ((step: Step) => Accident) | undefined;
  /** Told when an accident froze the process, so that somebody thaws it. */
  readonly onFrozen?: (() => void) | undefined;
  /** Safeguards that are taken away. Default none. */
  readonly mutations?: readonly Mutation[] | undefined;
}

/**
 * The life of a process that exists only as objects. Whatever reaches out does so through it: after the death nothing more
 * happens outside, and no code of the dead process is told, as after a kill -9.
 */
export interface Life {
  readonly state: "running" | "frozen" | "dead";
  /** Tells of each change of state until the function that it gives is called. */
  watch(onChange: (state: Life["state"]) => void): () => void;
  /** Handed to the parts of the process. */
  readonly probe: Probe;
  /** Takes a step. Undefined when nothing is in the way; else resolves when the process goes on, after a death never. */
  step(step: Step): Promise<void> | undefined;
  /** Resolves when the process runs, at once or when it is thawed; after a death never. */
  alive(): Promise<void> | undefined;
  kill(): void;
  freeze(): void;
  thaw(): void;
}

/** Begins a life. */
export function createLife({ accidentAt, onFrozen, mutations = [] }: LifeOptions = {}): Life {
  const watchers = new Set<(state: Life["state"]) => void>();
  let state: Life["state"] = "running";
  let thawed = Promise.withResolvers<void>();

  const life: Life = {
    get state() {
      return state;
    },
    watch(onChange) {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
    probe: {
      reach: async (point) => life.step(point),
      without: (mutation) => mutations.includes(mutation),
    },
    step(step) {
      if (state !== "running") return life.alive();
      const accident = accidentAt?.(step);
      if (accident === undefined) return undefined;
      if (accident === "cut") return cut(step);
      if (accident === "die") life.kill();
      else freezeByAccident();
      return life.alive();
    },
    alive: () => (state === "running" ? undefined : untilRunning()),
    kill() {
      if (state !== "dead") become("dead");
    },
    freeze() {
      if (state !== "running") return;
      thawed = Promise.withResolvers();
      become("frozen");
    },
    thaw() {
      if (state !== "frozen") return;
      become("running");
      thawed.resolve();
    },
  };
  return life;

  function become(next: Life["state"]): void {
    state = next;
    for (const onChange of [...watchers]) onChange(next);
  }

  function freezeByAccident(): void {
    life.freeze();
    onFrozen?.();
  }

  async function untilRunning(): Promise<void> {
    while (state === "frozen") await thawed.promise;
    if (state === "dead") await never();
  }
}

/** Only connections can be cut. */
function cut(step: Step): Promise<void> | undefined {
  if (step.includes(".")) return undefined;
  return Promise.reject(new ConcordError("unavailable", `the connection was cut at ${step}`));
}

/** What a dead process waits for. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
