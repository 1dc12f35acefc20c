import { configure } from "./ops/configure.ts";
import { crashAt, release } from "./ops/crash-points.ts";
import { decode } from "./ops/decode.ts";
import { delayOf } from "./ops/delay-of.ts";
import { drain } from "./ops/drain.ts";
import { dump } from "./ops/dump.ts";
import { encode } from "./ops/encode.ts";
import { hello } from "./ops/hello.ts";
import { inboxHandle } from "./ops/inbox-handle.ts";
import type { Ops } from "./ops/op.ts";
import { outboxBegin, outboxCommit, outboxPublish, outboxRelease, outboxRollback } from "./ops/outbox.ts";
import { partitionOf } from "./ops/partition-of.ts";
import { provision } from "./ops/provision.ts";
import { publish } from "./ops/publish.ts";
import { redrive } from "./ops/redrive.ts";
import { relayRun, relayStop } from "./ops/relay.ts";
import { rpcCall, rpcServe } from "./ops/rpc.ts";
import { schemaOf } from "./ops/schema-of.ts";
import { subjectOf } from "./ops/subject-of.ts";
import { subscribe } from "./ops/subscribe.ts";
import { validate } from "./ops/validate.ts";

/** Every op by name. `quit` is answered where the lines are read. */
export const ops: Ops = {
  hello,
  configure,
  encode,
  decode,
  subjectOf,
  partitionOf,
  validate,
  schemaOf,
  delayOf,
  provision,
  publish,
  subscribe,
  drain,
  outboxBegin,
  outboxPublish,
  outboxCommit,
  outboxRollback,
  outboxRelease,
  relayRun,
  relayStop,
  inboxHandle,
  crashAt,
  release,
  redrive,
  dump,
  rpcServe,
  rpcCall,
  quit: () => ({}),
};
