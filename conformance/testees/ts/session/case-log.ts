import type { Log, LogFields } from "@concord/sdk";
import type { SendReport } from "../protocol/send-report.ts";

/** What the SDK logs for an operator, and the protocol's word for it. */
const warnings: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/lost or replaced events/, "stream_rewound"],
  [/deleted events before they were read/, "events_expired"],
  [/older than the broker's dedupe window/, "outbox_old"],
  [/an outbox row was put aside/, "outbox_quarantined"],
  [/too many events wait/, "reading_stopped"],
  [/holds? its partition/, "partition_waits"],
  [/order none/, "unordered"],
];

/** Warnings that the SDK hands on as a field of its own. */
const inner: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/the filter was/, "consumer_updated"],
  [/was deleted/, "consumer_recreated"],
];

/** Writes to standard error, and reports what the protocol has a word for. */
export function createCaseLog(report: SendReport): Log {
  const warn = (fields: LogFields, message: string) => {
    const found = warnings.find(([pattern]) => pattern.test(message)) ?? innerOf(fields);
    if (found) report({ kind: { case: "warning", value: { code: found[1], message } } });
  };
  return logWith({}, warn);
}

function innerOf({ warning }: LogFields) {
  return typeof warning === "string" ? inner.find(([pattern]) => pattern.test(warning)) : undefined;
}

function logWith(common: LogFields, warn: (fields: LogFields, message: string) => void): Log {
  const line = (level: string) => (fields: LogFields, message: string) => {
    console.error(JSON.stringify({ level, message, ...common, ...fields }, describe));
    if (level !== "debug") warn(fields, message);
  };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    child: (fields) => logWith({ ...common, ...fields }, warn),
  };
}

function describe(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Error
    ? { name: value.name, message: value.message, code: (value as { code?: unknown }).code }
    : value;
}
