import type { Clock, Random } from "./clock.ts";

/** What ids are drawn from. */
export interface IdGeneratorOptions {
  readonly clock: Clock;
  /** 74 random bits an id; `Math.random` will do, as ids are no secrets. */
  readonly random: Random;
}

const counterLimit = 0x1000;

/**
 * Makes a generator of UUIDv7 (RFC 9562, method 1): its ids rise, also within one millisecond and when the clock goes
 * back, by a counter of 12 bits that begins anew at a random number each millisecond.
 */
export function createIdGenerator({ clock, random }: IdGeneratorOptions): () => string {
  let timeMs = 0;
  let counter = 0;
  return () => {
    const now = Math.floor(clock.now());
    if (now > timeMs) {
      timeMs = now;
      counter = Math.floor(random() * (counterLimit / 2));
    } else if (++counter === counterLimit) {
      timeMs += 1;
      counter = 0;
    }
    return format(timeMs, counter, random);
  };
}

/** Gives the milliseconds since the epoch that a UUIDv7 was drawn at; undefined for any other text. */
export function uuid7TimeMs(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function format(timeMs: number, counter: number, random: Random): string {
  const time = hex(timeMs, 12);
  const variant = hex(0x8000 | Math.floor(random() * 0x4000), 4);
  const node = hex(Math.floor(random() * 0x1000000), 6) + hex(Math.floor(random() * 0x1000000), 6);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${variant}-${node}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
