import { create } from "@bufbuild/protobuf";
import { EchoService, type Plan } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import {
  type RpcCallReply,
  RpcCallReplySchema,
  type RpcCallRequest,
  type RpcServeRequest,
} from "@concord/gen/concord/conformance/v1/rpc_pb.js";
import { type Clock, createValidation, type Log, type Transport } from "@concord/sdk";
import {
  createRpcClient,
  createRpcServer,
  type RpcCarrier,
  type RpcHost,
  type RpcListening,
  type RpcRouter,
  type RpcServer,
  type RpcServerOptions,
} from "@concord/sdk/rpc";
import type { SendReport } from "../protocol/send-report.ts";
import { callMethod, type OpenClient, wayOf } from "./call-method.ts";
import { createEchoRoute } from "./echo-route.ts";
import type { RpcFaults } from "./rpc-faults.ts";

/** Calls and answers of one session. */
export interface RpcPeer {
  /** Serves the suite's service; gives its address. */
  serve(asked: RpcServeRequest): Promise<string>;
  call(asked: RpcCallRequest): Promise<RpcCallReply>;
  /** Ends the server; calls under way may take that long, in milliseconds. */
  close(graceMs?: number): Promise<void>;
}

/** What a session gives. */
export interface RpcPeerParts {
  readonly settings: { readonly brokerUrl: string; readonly service: string; readonly namespace: string | undefined };
  readonly clock: Clock;
  readonly log: Log;
  readonly idempotency: RpcServerOptions["idempotency"];
  readonly faults: RpcFaults;
  readonly report: SendReport;
}

/** A connection to the broker that carries calls both ways. */
type Carrying = RpcCarrier & RpcHost & Transport;

/** Makes the part of a session that speaks RPC; nothing is open yet. */
export function createRpcPeer({ settings, clock, log, idempotency, faults, report }: RpcPeerParts): RpcPeer {
  const { brokerUrl, service, namespace } = settings;
  let server: RpcServer | undefined;
  let carrying: Promise<Carrying> | undefined;
  let listening: RpcListening | undefined;
  const connect = () => {
    carrying ??= import("@concord/sdk/nats").then(({ connectNats }) =>
      connectNats({ servers: brokerUrl, name: service, clock, log }),
    );
    return carrying;
  };
  const carrierOf = (carrier: RpcCarrier) => faults.rpcCarrier?.(carrier) ?? carrier;
  const opener = async (way: string): Promise<OpenClient> => {
    const carrier = way.startsWith("nats-") ? { nats: carrierOf(await connect()), namespace } : {};
    return (options) => {
      const given = { ...carrier, ...options };
      return createRpcClient(EchoService, faults.rpcClient?.(given) ?? given);
    };
  };
  const callOn = async (call: NonNullable<Plan["call"]>) => {
    const client = (await opener(call.way))({ ...wayOf(call), retry: false });
    const { text } = await client.say(
      { text: "called", ...(call.plan ? { plan: call.plan } : {}) },
      call.timeoutMs > 0 ? { timeoutMs: call.timeoutMs } : {},
    );
    return text;
  };
  const carry = async (carrier: Carrying, { router }: RpcServer) => {
    const hosting = { service: "echo", namespace };
    listening = carrier.serveRpc(router, faults.rpcHosting?.(hosting) ?? hosting);
    // The broker knows what was subscribed when it has answered anything else.
    await carrier.streamState("nothing");
  };
  return {
    async serve({ maxMessageBytes, maxCalls }) {
      await server?.close(0);
      const route = createEchoRoute({ report, callOn });
      const options: RpcServerOptions = {
        name: "echo",
        routes: [faults.rpcRoute?.(route) ?? route],
        validate: createValidation(),
        idempotency,
        maxMessageBytes,
        maxCalls,
      };
      server = await createRpcServer(faults.rpcServer?.(options) ?? options);
      if (faults.rpcHandler) decorate(server.router, faults.rpcHandler);
      if (brokerUrl !== "") await carry(await connect(), server);
      return server.url;
    },
    async call(asked) {
      return create(RpcCallReplySchema, await callMethod(asked, await opener(asked.way)));
    },
    async close(graceMs) {
      const ended = server;
      server = undefined;
      await ended?.close(faults.rpcGraceMs ?? graceMs);
      await listening?.close();
      listening = undefined;
      const carrier = await carrying?.catch(() => undefined);
      carrying = undefined;
      await carrier?.close();
    },
  };
}

/** A router is asked for its handlers when a call comes, so that others may stand in their place. */
function decorate(router: RpcRouter, change: NonNullable<RpcFaults["rpcHandler"]>): void {
  const { find } = router;
  const changed = (path: string) => {
    const handler = find(path);
    return handler && change(handler);
  };
  Object.assign(router, { find: changed, handlers: router.handlers.map(change) });
}
