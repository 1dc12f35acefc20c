/** How calls go, both ways. */
const rpcWays = [
  ...["connect-h1-proto", "connect-h1-json", "connect-h2c-proto", "connect-h2c-json"],
  ...["grpc-h2c", "grpc-web-h1", "grpc-web-h2c"],
  ...["streams", "metadata"],
];

/** What this testee claims: ops, axis values, and what single cases ask for. The profile says the same. */
export const features: readonly string[] = [
  ...["configure", "encode", "decode", "subject_of", "partition_of", "validate", "schema_of", "delay_of"],
  ...["provision", "publish", "subscribe", "drain", "redrive", "dump"],
  ...["outbox_begin", "outbox_publish", "outbox_commit", "outbox_rollback", "outbox_release"],
  ...["relay_run", "relay_stop", "inbox_handle", "crash_at", "release"],
  ...["mode=env", "mode=ce-json", "mode=ce-binary", "mode=ce-proto", "mode=json", "mode=data-json"],
  "mode=nats-pubsub",
  ...["tr=embedded", "db=postgres", "db=sqlite"],
  ...["rules", "order=none"],
  ...["rpc_serve", "rpc_call"].flatMap((op) => [op, ...rpcWays.map((way) => `${op}=${way}`)]),
  ...[
    "rpc-codes",
    "rpc-limits",
    "rpc-drain-limit",
    "rpc-retry",
    "idempotency-key",
    "health",
    "reflection",
    "trace",
    "compression",
  ],
  ...["rpc_serve=rest-h1", "rpc_serve=rest-h2c"],
  ...["rpc_serve=nats-proto", "rpc_serve=nats-json", "rpc_call=nats-proto", "rpc_call=nats-json"],
  "nats-services",
];
