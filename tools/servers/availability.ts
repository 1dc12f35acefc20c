/** Something a test needs from the machine: there with what it takes to use it, or absent with the reason. */
export type Availability<Found> =
  | ({ readonly available: true } & Found)
  | { readonly available: false; readonly why: string };

/**
 * Unwraps what was found.
 * @throws {Error} with the reason and what to do, when it is absent.
 */
export function required<Found>(found: Availability<Found>): Found {
  if (found.available) return found;
  throw new Error(found.why);
}
