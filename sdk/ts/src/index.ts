export { type Breaker, type BreakerOptions, createBreaker } from "./breaker/create-breaker.ts";
export { type AcknowledgingConsumerOptions, createAcknowledgingConsumer } from "./consume/acknowledging-consumer.ts";
export type { BatchLimits } from "./consume/batch-queues.ts";
export type { Consumer, ConsumerStatus } from "./consume/consumer.ts";
export { createLogConsumer, type LogConsumerOptions } from "./consume/log-consumer.ts";
export { type CircuitBreakerOptions, circuitBreaker } from "./consume/middleware/circuit-breaker.ts";
export { compose } from "./consume/middleware/compose.ts";
export { log } from "./consume/middleware/log.ts";
export { timeout } from "./consume/middleware/timeout.ts";
export { trace } from "./consume/middleware/trace.ts";
export { validate } from "./consume/middleware/validate.ts";
export { createRouter, type Router } from "./consume/router.ts";
export { backoffDelayMs } from "./core/backoff.ts";
export { type Clock, type Random, systemClock } from "./core/clock.ts";
export { checkContracts } from "./core/contract/check-contracts.ts";
export { type ContractFault, formatContractFault } from "./core/contract/contract-fault.ts";
export { type ContractReader, createContractReader } from "./core/contract/contract-reader.ts";
export { type EventContract, isEvent } from "./core/contract/event-contract.ts";
export { schemaDigest } from "./core/contract/schema-digest.ts";
export type { Database, Dialect, Sql, TransactionOptions } from "./core/database.ts";
export { type DeadLetter, type DeadLetterReason, readDeadLetter } from "./core/dead-letter.ts";
export { decodeMessage } from "./core/decode-message.ts";
export { createEnvelope, type EnvelopeInit } from "./core/envelope/create-envelope.ts";
export { decodeEnvelope } from "./core/envelope/decode-envelope.ts";
export { encodeEnvelope } from "./core/envelope/encode-envelope.ts";
export type { Envelope } from "./core/envelope/envelope.ts";
export { decodeEnvelopeJson, encodeEnvelopeJson } from "./core/envelope/envelope-json.ts";
export {
  ConcordError,
  type ErrorCode,
  errorCodes,
  isConcordError,
  RetryLaterError,
  type RetryLaterOptions,
  TerminalError,
} from "./core/error.ts";
export type {
  Attempt,
  AttemptScope,
  EventHandler,
  Handle,
  HandlerContext,
  IncomingEvent,
  Middleware,
  Outcome,
  Publish,
  PublishAll,
  Published,
  PublishOptions,
} from "./core/handler.ts";
export { escapeKeyToken, unescapeKeyToken } from "./core/key-token.ts";
export type { Log, LogFields } from "./core/log.ts";
export type { Headers, OutgoingMessage, PublishAck, StoredMessage } from "./core/message.ts";
export { decodeNatsPubsub, encodeNatsPubsub, type Topic } from "./core/nats-pubsub/codec.ts";
export { joinNatsPubsub, type NatsPubsubSystem } from "./core/nats-pubsub/join-system.ts";
export type { Outbox, OutboxScope } from "./core/outbox.ts";
export { partitionOf } from "./core/partition.ts";
export type { PartitionShare } from "./core/partition-share.ts";
export { createEventPreparer, type EventPreparer, type EventPreparerOptions } from "./core/prepare-event.ts";
export { type Mutation, mutations, type Probe, type ProbePoint, probePoints } from "./core/probe.ts";
export { redact, redacted } from "./core/redact.ts";
export type { Stores } from "./core/store/stores.ts";
export { formatSubject, parseSubject, type SubjectParts, streamName, streamSubjects } from "./core/subject.ts";
export { parseTraceparent, type Traceparent } from "./core/traceparent.ts";
export type { Delivery, StreamInspection, StreamSpec, StreamState, Transport } from "./core/transport.ts";
export { createIdGenerator } from "./core/uuid7.ts";
export { decodeWire } from "./core/wire/decode-wire.ts";
export { sendAs } from "./core/wire/send-as.ts";
export { type WireEncoder, type WireFormat, type WireMessage, wireFormats } from "./core/wire/wire-format.ts";
export { createInbox, type Inbox, type InboxOptions } from "./inbox/inbox.ts";
export { createLeasedShare, type LeaseOptions } from "./lease/lease-holder.ts";
export { createOutbox } from "./outbox/outbox.ts";
export { createRelay, type Relay, type RelayOptions, type RelayStatus } from "./outbox/relay.ts";
export { createPublisher, type EventPublisher, type EventPublisherOptions } from "./publish/create-publisher.ts";
export { findSequenceBefore } from "./publish/find-sequence.ts";
export { type DeadLetterQuery, listDeadLetters, type StoredDeadLetter } from "./publish/list-dead-letters.ts";
export { readStored, type StoredRange } from "./publish/read-stored.ts";
export { type RedriveOptions, type RedriveReport, redrive } from "./publish/redrive.ts";
export { type ReplayOptions, type ReplayProgress, type ReplayReport, replay } from "./publish/replay.ts";
export {
  createService,
  type JobContext,
  type RpcContext,
  type RpcImplementation,
  type RunningService,
  type Service,
  type ServiceBacklog,
  type ServiceConfig,
  type ServiceHandler,
  type ServiceOptions,
  type StartOptions,
  type StatelessServiceOptions,
  type Surroundings,
  type TransactionScope,
} from "./service/index.ts";
export { streamSpecs } from "./service/stream-specs.ts";
export { createValidation } from "./validation/validation.ts";
