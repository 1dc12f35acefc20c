/** Runs tasks side by side, those of one key one after the other. */
export interface KeyWindow {
  /**
   * Takes a task as soon as there is room. After a task has failed none is started any more, so that no later task of its
   * key overtakes it.
   * @throws whatever the first failed task threw
   */
  run(key: string, task: () => Promise<void>): Promise<void>;
  /**
   * Waits for the tasks that were taken.
   * @throws whatever the first failed task threw
   */
  settled(): Promise<void>;
}

/**
 * Makes a window of tasks.
 * @param limit tasks that are started and not done. Default 256, as the relay's.
 */
export function createKeyWindow(limit = 256): KeyWindow {
  const running = new Set<Promise<void>>();
  const lastOf = new Map<string, Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const settled = async () => {
    await Promise.all(running);
    if (failure) throw failure.error;
  };

  return {
    async run(key, task) {
      while (running.size >= limit) await Promise.race(running);
      if (failure) return settled();
      const started = (lastOf.get(key) ?? Promise.resolve()).then(() => (failure ? undefined : task()));
      const done = started
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .then(() => {
          running.delete(done);
          if (lastOf.get(key) === done) lastOf.delete(key);
        });
      running.add(done);
      lastOf.set(key, done);
    },
    settled,
  };
}
