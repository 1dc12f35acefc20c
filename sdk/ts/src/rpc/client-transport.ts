import type { DescService } from "@bufbuild/protobuf";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { ConcordError } from "../core/error.ts";
import { createLocalCarrier, type RpcCarrier } from "./carrier.ts";
import { createCarrierTransport } from "./carrier-transport.ts";
import type { RpcRouter } from "./router.ts";

/** Where a service is, and in which protocol it is called. */
export interface ClientTransportOptions {
  /** Base address, such as `http://localhost:8080`. */
  readonly url?: string | undefined;
  /** A connection to NATS that carries calls. */
  readonly nats?: RpcCarrier | undefined;
  /** With `nats`: what keeps the service's system apart on its broker. Default none. */
  readonly namespace?: string | undefined;
  /** A router in this process. */
  readonly local?: RpcRouter | undefined;
  /** Default `connect`. */
  readonly protocol?: "connect" | "grpc" | "grpc-web" | undefined;
  /** Default `1.1`; `2` for gRPC and for services with streams in both directions. */
  readonly httpVersion?: "1.1" | "2" | undefined;
  /** Whether messages are written as JSON. Default false. */
  readonly json?: boolean | undefined;
  /** Largest answer in bytes. Default 4 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** Certificates that the server's is checked against, and the client's own, as Node takes them. */
  readonly tls?: { readonly ca?: string; readonly key?: string; readonly cert?: string } | undefined;
}

/** Opens the way to a service; connections are made when calls are. */
export function openClientTransport(
  service: DescService,
  options: ClientTransportOptions,
  interceptors: Interceptor[],
): Transport {
  const { url, nats, local, namespace = "-", json = false, maxMessageBytes = 4 * 1024 * 1024 } = options;
  if ([url, nats, local].filter((way) => way !== undefined).length !== 1) {
    throw new ConcordError("config", `a client of ${service.typeName} needs one of url, nats and local`);
  }
  const common = { interceptors, useBinaryFormat: !json, readMaxBytes: maxMessageBytes };
  if (url !== undefined) return openHttp(service, { ...options, url }, common);
  return createCarrierTransport(nats ?? createLocalCarrier(local!), { ...common, baseUrl: `https://${namespace}` });
}

interface CommonOptions {
  readonly interceptors: Interceptor[];
  readonly useBinaryFormat: boolean;
  readonly readMaxBytes: number;
}

function openHttp(
  service: DescService,
  { url, protocol = "connect", httpVersion, tls }: ClientTransportOptions & { readonly url: string },
  options: CommonOptions,
): Transport {
  const common = { ...options, baseUrl: url, ...(tls ? { nodeOptions: tls } : {}) };
  if (protocol === "grpc") return createGrpcTransport(common);
  const talksBothWays = service.methods.some(({ methodKind }) => methodKind === "bidi_streaming");
  const version = { httpVersion: httpVersion ?? (talksBothWays ? "2" : "1.1") } as { httpVersion: "1.1" };
  return protocol === "connect"
    ? createConnectTransport({ ...common, ...version })
    : createGrpcWebTransport({ ...common, ...version });
}
