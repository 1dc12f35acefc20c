import type { Shop } from "./shop.ts";

/** Kills a random process of the shop with SIGKILL, as a power cut would, and starts it again. */
export async function crashOne({ processes }: Shop, say: (line: string) => void): Promise<void> {
  const victim = processes[Math.floor(Math.random() * processes.length)];
  if (!victim) return;
  say(`✗ kill -9 ${victim.name}`);
  await victim.crash();
  say(`  ${victim.name} is back`);
}
