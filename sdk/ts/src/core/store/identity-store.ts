/** Tells one service database from all others, restored ones aside. */
export interface IdentityStore {
  /** The database's own id, drawn once and kept. Replicas that ask at the same time get the same. */
  read(): Promise<string>;
}
