import { createValidation } from "@concord/sdk";
import { connectNats } from "@concord/sdk/nats";
import { createRpcRouter, rpcRoute } from "@concord/sdk/rpc";
import { connect } from "@nats-io/transport-node";
import type { FuzzSend } from "./rpc-fuzz.ts";
import { sendOverNats } from "./rpc-fuzz-nats.ts";
import { compileLab } from "./rpc-lab.ts";
import { startNatsServer } from "./servers/nats-server.ts";

/** Methods served over a broker of their own, and the way for broken requests to them. */
export interface NatsFuzzTarget extends AsyncDisposable {
  readonly send: FuzzSend;
}

/** Starts a broker and serves the lab over it. */
export async function openNatsFuzzTarget(): Promise<NatsFuzzTarget> {
  const opened = new AsyncDisposableStack();
  const server = opened.adopt(await startNatsServer(), (running) => running.stop());
  const host = opened.use(await connectNats({ servers: server.url }));
  const client = opened.adopt(await connect({ servers: server.url }), (connection) => connection.close());
  const lab = rpcRoute(compileLab().service, {
    say: ({ text }) => ({ text }),
    look: ({ text }) => ({ text }),
    async *count({ count }) {
      yield { count };
    },
    async sum(lines) {
      for await (const _ of lines);
      return {};
    },
  });
  const router = createRpcRouter({ routes: [lab], validate: createValidation() });
  const listening = host.serveRpc(router, { service: "lab" });
  opened.defer(() => listening.close());
  // What was subscribed is known to the broker when it has answered anything else.
  await host.streamState("nothing");
  const methods = ["Say", "Look", "Count", "Sum"];
  const send = sendOverNats(
    client,
    methods.map((method) => `rpc.lab.v1.LabService.${method}`),
  );
  return { send, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
