import { type ContractRuleId, contractChecks, contractRules } from "@concord/sdk/contract";
import * as events from "./event-changes.ts";
import * as fields from "./field-changes.ts";
import { eventComment, eventUnconsumed } from "./lint-rules.ts";
import type { BreakingRule, LintRule, Rule, Severity } from "./rule.ts";
import { consumesRemoved } from "./service-changes.ts";
import * as streams from "./stream-changes.ts";
import * as validation from "./validation-changes.ts";

/** Category of the rules that find errors, as in `use: [STANDARD, CONCORD]` of a `buf.yaml`. */
export const errorCategory = "CONCORD";
/** Category of the rules that find warnings; buf knows no warnings, so they are only asked for by name. */
export const warningCategory = "CONCORD_WARNINGS";

type Find = BreakingRule["find"];

const breakingRules: readonly BreakingRule[] = [
  breaking("EVENT_REMOVED_OR_RENAMED", "error", "An event or command stays, under its name.", events.eventRemoved),
  breaking("EVENT_UNMARKED", "error", "An event or command stays one.", events.eventUnmarked),
  breaking("EVENT_KIND_SAME", "error", "An event stays an event, a command a command.", events.eventKindSame),
  breaking("EVENT_OWNER_SAME", "warning", "An event keeps its owner.", events.eventOwnerSame),
  breaking("COMMAND_OWNER_SAME", "error", "A command keeps its owner.", events.commandOwnerSame),
  breaking("EVENT_KEY_SAME", "error", "An event keeps its key field.", events.eventKeySame),
  breaking("KEY_FIELD_TYPE_SAME", "error", "A key field keeps its type.", events.keyFieldTypeSame),
  breaking("EVENT_STREAM_SAME", "error", "An event stays in its stream.", streams.eventStreamSame),
  breaking("STREAM_NAME_SAME", "error", "A stream keeps its name.", streams.streamNameSame),
  breaking("PARTITIONS_SAME", "error", "A stream keeps its number of partitions.", streams.partitionsSame),
  breaking("SUBJECT_SAME", "error", "An event keeps its subject.", events.subjectSame),
  breaking("IDEMPOTENCY_SAME", "error", "An event keeps its idempotency fields.", events.idempotencySame),
  breaking(
    "IDEMPOTENCY_FIELD_SEMANTICS",
    "error",
    "An idempotency field keeps its type.",
    events.idempotencyFieldSemantics,
  ),
  breaking("FIELD_REMOVED_EVENT", "error", "A field of an event stays.", fields.fieldRemoved),
  breaking("FIELD_TYPE", "error", "A field of an event keeps its type.", fields.fieldType),
  breaking("FIELD_NAME", "error", "A field of an event keeps its name.", fields.fieldName),
  breaking("FIELD_JSON_NAME", "error", "A field of an event keeps its name in JSON.", fields.fieldJsonName),
  breaking(
    "FIELD_MADE_REQUIRED",
    "error",
    "No field becomes required that stored events lack.",
    validation.fieldMadeRequired,
  ),
  breaking(
    "VALIDATION_TIGHTENED",
    "error",
    "Rules of a field refuse nothing that was allowed.",
    validation.validationTightened,
  ),
  breaking(
    "VALIDATION_LOOSENED",
    "warning",
    "Rules of a field allow nothing that was refused.",
    validation.validationLoosened,
  ),
  breaking("ENUM_VALUE_REMOVED", "error", "A value of an event's enum stays.", fields.enumValueRemoved),
  breaking("ENUM_VALUE_ADDED", "warning", "Consumers know each value of an event's enum.", fields.enumValueAdded),
  breaking("ONEOF_CASE_ADDED", "warning", "Consumers know each case of an event's oneof.", fields.oneofCaseAdded),
  breaking("RETENTION_SHORTENED", "warning", "A stream keeps events as long as it did.", streams.retentionShortened),
  breaking(
    "DEDUPE_WINDOW_SHORTENED",
    "warning",
    "A stream recognizes repeated ids as long as it did.",
    streams.dedupeWindowShortened,
  ),
  breaking("REPLICAS_REDUCED", "warning", "A stream keeps its number of copies.", streams.replicasReduced),
  breaking("LIMITS_SHRUNK", "error", "A stream holds as much as it did.", streams.limitsShrunk),
  breaking("SENSITIVE_REMOVED", "error", "A sensitive field stays sensitive.", fields.sensitiveRemoved),
  breaking("SENSITIVE_ADDED", "warning", "A field is sensitive from its beginning.", fields.sensitiveAdded),
  breaking("CONSUMES_REMOVED", "warning", "A service consumes what it did.", consumesRemoved),
  breaking(
    "DEADLETTER_POLICY_WEAKER",
    "warning",
    "An event is retried and kept as a dead letter as much as it was.",
    events.deadLetterPolicyWeaker,
  ),
  breaking("DEPRECATION_UNDONE", "warning", "A deprecated event stays deprecated.", events.deprecationUndone),
];

const lintRules: readonly LintRule[] = [
  // Services check these too when they start.
  ...Object.entries(contractChecks).map(([id, find]) => lint(id, "error", contractRules[id as ContractRuleId], find)),
  lint("EVENT_UNCONSUMED", "warning", "An event has a consumer.", eventUnconsumed),
  lint("EVENT_COMMENT", "warning", "An event says which fact it tells.", eventComment),
];

/** Every rule, in the order of ids. */
export const catalogue: readonly Rule[] = [...lintRules, ...breakingRules].toSorted((left, right) =>
  left.id < right.id ? -1 : 1,
);

function breaking(id: string, severity: Severity, purpose: string, find: Find): BreakingRule {
  return { type: "breaking", id, severity, purpose, find };
}

function lint(id: string, severity: Severity, purpose: string, find: LintRule["find"]): LintRule {
  return { type: "lint", id, severity, purpose, find };
}
