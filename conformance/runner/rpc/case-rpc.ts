import type { CallOutcome } from "./call-outcome.ts";
import { type NatsPlace, startNatsPeer } from "./nats-peer.ts";
import { type PeerServer, startPeerServer } from "./peer-server.ts";
import type { ServedCall } from "./served-calls.ts";
import type { Way } from "./way.ts";

/** Servers and calls of one case. */
export interface CaseRpc {
  /** Calls that the testee or the runner handled, in the order in which they began. */
  readonly served: ServedCall[];
  /** Addresses of the testees that serve, by their names. */
  readonly urls: Map<string, string>;
  /** Calls that nobody waited for yet. */
  readonly pending: Map<string, Promise<TimedOutcome>>;
  /** Of the server that was started last. */
  readonly peerUrl: string | undefined;
  /** The runner's own server for calls that go this way, started when it is first asked for. */
  peer(way: Way): Promise<PeerServer>;
  close(): Promise<void>;
}

/** How a call ended, and how long it took in milliseconds. */
export interface TimedOutcome extends CallOutcome {
  readonly ms: number;
}

/** Makes the state of a case in which nobody has called yet. Without a broker nothing goes over NATS. */
export function createCaseRpc(place: NatsPlace | undefined): CaseRpc {
  const served: ServedCall[] = [];
  const peers = new Map<string, Promise<PeerServer>>();
  let peerUrl: string | undefined;
  return {
    served,
    urls: new Map(),
    pending: new Map(),
    get peerUrl() {
      return peerUrl;
    },
    async peer({ protocol, http }) {
      const name = protocol === "nats" ? protocol : http;
      const found =
        peers.get(name) ?? (protocol === "nats" ? startNatsPeer(place!, served) : startPeerServer(http, served));
      peers.set(name, found);
      peerUrl = (await found).url;
      return found;
    },
    async close() {
      for (const peer of peers.values()) await (await peer).close();
    },
  };
}
