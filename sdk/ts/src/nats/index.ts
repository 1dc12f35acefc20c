export { connectNats } from "./connect-nats.ts";
export type { NatsCredentials, NatsTls } from "./credentials.ts";
export type { NatsOptions } from "./options.ts";
