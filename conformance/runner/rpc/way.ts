import { SuiteError } from "../suite/suite-error.ts";

/** How a call goes over the wire. */
export interface Way {
  readonly protocol: "connect" | "grpc" | "grpc-web" | "nats";
  /** Over HTTP/1.1, or HTTP/2 with prior knowledge; of no meaning over NATS. */
  readonly http: "1.1" | "2";
  readonly codec: "proto" | "json";
}

const pattern = /^(?:(?<protocol>connect|grpc-web|grpc)-(?<http>h1|h2c)|nats)(?:-(?<codec>proto|json))?$/;

/**
 * Reads the name of a way: `connect-h1-json`, `grpc-h2c`, `nats-proto`.
 * @throws {SuiteError} for one that does not exist.
 */
export function readWay(name: string): Way {
  const { groups } = pattern.exec(name) ?? {};
  if (!groups) throw new SuiteError(`there is no way ${name} to call`);
  return {
    protocol: (groups.protocol ?? "nats") as Way["protocol"],
    http: groups.http === "h2c" ? "2" : "1.1",
    codec: groups.codec === "json" ? "json" : "proto",
  };
}
