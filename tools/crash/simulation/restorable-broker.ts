import { copyFileSync, existsSync, rmSync } from "node:fs";
import type { Clock } from "../../../sdk/ts/src/core/clock.ts";
import type { Transport } from "../../../sdk/ts/src/core/transport.ts";
import { openEmbedded } from "../../../sdk/ts/src/embedded/index.ts";

/** A broker that can be put back to what it was. */
export interface RestorableBroker {
  readonly transport: Transport;
  /** Keeps a copy of what the broker has now. */
  save(): void;
  /** Puts the copy in the place of everything that came since; whoever is connected has to connect again. */
  restore(): Promise<void>;
}

/** SQLite keeps recent writes beside the file. */
const suffixes = ["", "-wal"];

/** Opens a broker on a file. */
export async function openRestorableBroker(path: string, clock: Clock): Promise<RestorableBroker> {
  let broker = await openEmbedded({ path, clock });
  return {
    transport: {
      name: broker.name,
      features: broker.features,
      maxPayloadBytes: broker.maxPayloadBytes,
      publish: (...args) => broker.publish(...args),
      publishAtomically: (...args) => broker.publishAtomically!(...args),
      read: (request) => broker.read(request),
      consume: (request) => broker.consume(request),
      provision: (...args) => broker.provision(...args),
      streamState: (...args) => broker.streamState(...args),
      get: (...args) => broker.get(...args),
      next: (...args) => broker.next(...args),
      remove: (...args) => broker.remove(...args),
      health: () => broker.health(),
      close: () => broker.close(),
      [Symbol.asyncDispose]: () => broker.close(),
    },
    save() {
      for (const suffix of suffixes)
        if (existsSync(path + suffix)) copyFileSync(path + suffix, `${path}-saved${suffix}`);
    },
    async restore() {
      await broker.close();
      for (const suffix of [...suffixes, "-shm"]) rmSync(path + suffix, { force: true });
      for (const suffix of suffixes) {
        const saved = `${path}-saved${suffix}`;
        if (existsSync(saved)) copyFileSync(saved, path + suffix);
      }
      broker = await openEmbedded({ path, clock });
    },
  };
}
