/** What a process of a crash run does. */
export type Role = "producer" | "relay" | "consumer";

/** One process of a crash run. */
export interface Part {
  /** Such as `relay-ruby`; unique in its run. */
  readonly name: string;
  readonly role: Role;
  /** Which implementation plays it. */
  readonly peer: string;
}

/**
 * Gives out the parts of a run. All share the tables of one database. Turns go round: each implementation's outbox relayed
 * by the next one, then producers and relays of all at once. Consumers are always replicas of every implementation.
 */
export function castOf(turn: number, peers: readonly string[]): Part[] {
  const parts = (role: Role, players: readonly string[]) =>
    players.map((peer): Part => ({ name: `${role}-${peer}`, role, peer }));
  const consumers = parts("consumer", peers);
  if (turn === peers.length) return [...parts("producer", peers), ...parts("relay", peers), ...consumers];
  const relayedBy = peers[(turn + 1) % peers.length]!;
  return [...parts("producer", [peers[turn]!]), ...parts("relay", [relayedBy]), ...consumers];
}

/** The parts in a line: `ruby → ts → ruby + ts`. */
export function castText(parts: readonly Part[]): string {
  const of = (role: Role) => parts.filter((part) => part.role === role).map(({ peer }) => peer);
  return [of("producer"), of("relay"), of("consumer")].map((peers) => peers.join(" + ")).join(" → ");
}
