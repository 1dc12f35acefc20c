import type { Shop } from "./shop.ts";

/** What {@link crashOne} needs. */
export interface CrashOptions {
  readonly say: (line: string) => void;
  /** Draws from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** Kills a random process of the shop with SIGKILL, as a power cut would, and starts it again. */
export async function crashOne({ processes }: Pick<Shop, "processes">, options: CrashOptions): Promise<void> {
  const { say, random = Math.random } = options;
  const victim = processes[Math.floor(random() * processes.length)];
  if (!victim) return;
  say(`✗ kill -9 ${victim.name}`);
  await victim.crash();
  say(`  ${victim.name} is back`);
}
