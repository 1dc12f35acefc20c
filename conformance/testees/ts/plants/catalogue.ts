import { BadRequest } from "../protocol/error.ts";
import { discardOld } from "./broker/discard-old.ts";
import { filterList } from "./broker/filter-list.ts";
import { exits } from "./codec/exits.ts";
import { fnv1, hashRaw, signedMod } from "./codec/hashes.ts";
import { doubleEscape, getEmpty, overlongOk } from "./codec/header-faults.ts";
import { joinsRaw } from "./codec/joins-raw.ts";
import { sequenceDouble } from "./codec/sequence-double.ts";
import { uint64Number } from "./codec/uint64-number.ts";
import { unsetAsEmpty } from "./codec/unset-as-empty.ts";
import { dies, replacesUtf8, trustsSubject } from "./consume/bad-bytes.ts";
import { nakNoTail, noProgress, ownDurables, prefetch256 } from "./consume/broker-state.ts";
import { fromNow, keepsBuffer, neverGivesUp } from "./consume/lost-work.ts";
import { publishOnly } from "./consume/publish-only.ts";
import { bareNak, lateCommit, laterCounts, retryInSlot } from "./consume/retries.ts";
import { drainDlq, unhandledDlq } from "./consume/wrong-letters.ts";
import { safeguardPlants } from "./database/safeguards.ts";
import { dropsEarly, ignoresOperation, noInbox } from "./database/stores.ts";
import { serialPartition, unwoken } from "./database/work.ts";
import type { Plant } from "./plant.ts";
import { anyStatusIsAway, emptyForUnreadable, lastAnswerValue, repeatsAnything } from "./rpc/client-faults.ts";
import { collectsFirst, freshDeadline, getsAnything, lastValue, noTimeout } from "./rpc/handler-faults.ts";
import { leavesUnsaid, otherName, ownQueues, sendsNoDeadline } from "./rpc/nats-faults.ts";
import {
  dropsCalls,
  dropsDetails,
  dropsLast,
  dropsTrailers,
  forgetsKeys,
  hidesItself,
  leaksMessage,
  noLimit,
  noShedding,
  roundsNumbers,
  unchecked,
  waitsForever,
} from "./rpc/server-faults.ts";
import { knowsNoGzip, replacesText, tellsHealthOnce } from "./rpc/wire-faults.ts";
import { reEncodes, stackInHeader, stripsUnknown, termFirst } from "./wire/dead-letters.ts";
import { lateSize } from "./wire/late-size.ts";
import { idSansSource, lowerMsgId, rawSlash, redriveSameId, retryNewId } from "./wire/message-ids.ts";
import { noCausation } from "./wire/no-causation.ts";
import { redriveToAll } from "./wire/redrive-to-all.ts";

/** Faults by the names that the suites give them. */
export const plants: Readonly<Record<string, Plant>> = {
  // L0
  "unset-as-empty": unsetAsEmpty,
  "sequence-double": sequenceDouble,
  "uint64-number": uint64Number,
  fnv1,
  "signed-mod": signedMod,
  "hash-raw": hashRaw,
  "joins-raw": joinsRaw,
  "double-escape": doubleEscape,
  "overlong-ok": overlongOk,
  "get-empty": getEmpty,
  exits,
  // L1
  "lower-msg-id": lowerMsgId,
  "id-sans-source": idSansSource,
  "raw-slash": rawSlash,
  "publish-only": publishOnly,
  "no-causation": noCausation,
  "late-size": lateSize,
  "retry-new-id": retryNewId,
  "discard-old": discardOld,
  "filter-list": filterList,
  "strips-unknown": stripsUnknown,
  "replaces-utf8": replacesUtf8,
  "trusts-subject": trustsSubject,
  dies,
  // L2
  "bare-nak": bareNak,
  "later-counts": laterCounts,
  "no-progress": noProgress,
  "prefetch-256": prefetch256,
  "late-commit": lateCommit,
  "retry-in-slot": retryInSlot,
  "own-durables": ownDurables,
  "unhandled-dlq": unhandledDlq,
  "nak-no-tail": nakNoTail,
  "re-encodes": reEncodes,
  "stack-in-header": stackInHeader,
  "term-first": termFirst,
  "redrive-to-all": redriveToAll,
  "redrive-same-id": redriveSameId,
  "drain-dlq": drainDlq,
  // L3
  ...safeguardPlants,
  "no-inbox": noInbox,
  "ignores-operation": ignoresOperation,
  "drops-early": dropsEarly,
  "serial-partition": serialPartition,
  unwoken,
  "keeps-buffer": keepsBuffer,
  "never-gives-up": neverGivesUp,
  "from-now": fromNow,
  // R
  "rounds-numbers": roundsNumbers,
  "replaces-text": replacesText,
  "waits-forever": waitsForever,
  "tells-health-once": tellsHealthOnce,
  "knows-no-gzip": knowsNoGzip,
  "any-status-is-away": anyStatusIsAway,
  "empty-for-unreadable": emptyForUnreadable,
  "drops-trailers": dropsTrailers,
  "drops-last": dropsLast,
  "collects-first": collectsFirst,
  "drops-details": dropsDetails,
  "leaks-message": leaksMessage,
  "no-timeout": noTimeout,
  "last-value": lastValue,
  "last-answer-value": lastAnswerValue,
  "no-limit": noLimit,
  unchecked,
  "gets-anything": getsAnything,
  "forgets-keys": forgetsKeys,
  "hides-itself": hidesItself,
  "drops-calls": dropsCalls,
  "fresh-deadline": freshDeadline,
  "no-shedding": noShedding,
  "repeats-anything": repeatsAnything,
  "sends-no-deadline": sendsNoDeadline,
  "leaves-unsaid": leavesUnsaid,
  "other-name": otherName,
  "own-queues": ownQueues,
};

/** Finds a fault by its name. */
export function findPlant(name: string): Plant {
  const plant = Object.hasOwn(plants, name) ? plants[name] : undefined;
  if (plant) return plant;
  throw new BadRequest(`there is no fault ${name}; there are ${Object.keys(plants).sort().join(", ")}`);
}
