interface Remembered {
  readonly sequence: number;
  readonly storedAtMs: number;
}

/**
 * The message ids that a stream stored lately, in memory: about 150 bytes each, for no longer than the window. They are
 * read from the stream when the file is opened, so that the window also spans a restart.
 */
export class DedupeWindow {
  readonly #ids = new Map<string, Remembered>();

  /** How many ids are remembered. */
  get size(): number {
    return this.#ids.size;
  }

  /** The sequence under which an id was stored within the window, if it was. */
  find(id: string, nowMs: number, windowMs: number): number | undefined {
    const found = this.#ids.get(id);
    if (found === undefined || nowMs - found.storedAtMs < windowMs) return found?.sequence;
    this.#ids.delete(id);
    return undefined;
  }

  /** Remembers an id that was not found, behind all others. */
  add(id: string, sequence: number, storedAtMs: number): void {
    this.#ids.set(id, { sequence, storedAtMs });
  }

  /** Forgets an id, because it was not stored after all. */
  delete(id: string): void {
    this.#ids.delete(id);
  }

  /** Forgets what left the window: oldest first, so that it costs nothing when nothing has. */
  prune(nowMs: number, windowMs: number): void {
    for (const [id, { storedAtMs }] of this.#ids) {
      if (nowMs - storedAtMs < windowMs) return;
      this.#ids.delete(id);
    }
  }
}
