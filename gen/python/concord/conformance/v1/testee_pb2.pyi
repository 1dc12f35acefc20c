import datetime

from concord.conformance.v1 import rpc_pb2 as _rpc_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Request(_message.Message):
    __slots__ = ("n", "deadline_ms", "hello", "configure", "encode", "decode", "subject_of", "partition_of", "validate", "schema_of", "delay_of", "provision", "publish", "subscribe", "drain", "outbox_begin", "outbox_publish", "outbox_commit", "outbox_rollback", "relay_run", "relay_stop", "outbox_release", "inbox_handle", "crash_at", "release", "redrive", "dump", "quit", "rpc_serve", "rpc_call")
    N_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    CONFIGURE_FIELD_NUMBER: _ClassVar[int]
    ENCODE_FIELD_NUMBER: _ClassVar[int]
    DECODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_OF_FIELD_NUMBER: _ClassVar[int]
    PARTITION_OF_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_OF_FIELD_NUMBER: _ClassVar[int]
    DELAY_OF_FIELD_NUMBER: _ClassVar[int]
    PROVISION_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_BEGIN_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_PUBLISH_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_COMMIT_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_ROLLBACK_FIELD_NUMBER: _ClassVar[int]
    RELAY_RUN_FIELD_NUMBER: _ClassVar[int]
    RELAY_STOP_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_RELEASE_FIELD_NUMBER: _ClassVar[int]
    INBOX_HANDLE_FIELD_NUMBER: _ClassVar[int]
    CRASH_AT_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    REDRIVE_FIELD_NUMBER: _ClassVar[int]
    DUMP_FIELD_NUMBER: _ClassVar[int]
    QUIT_FIELD_NUMBER: _ClassVar[int]
    RPC_SERVE_FIELD_NUMBER: _ClassVar[int]
    RPC_CALL_FIELD_NUMBER: _ClassVar[int]
    n: int
    deadline_ms: int
    hello: HelloRequest
    configure: ConfigureRequest
    encode: EncodeRequest
    decode: DecodeRequest
    subject_of: SubjectOfRequest
    partition_of: PartitionOfRequest
    validate: ValidateRequest
    schema_of: SchemaOfRequest
    delay_of: DelayOfRequest
    provision: ProvisionRequest
    publish: PublishRequest
    subscribe: SubscribeRequest
    drain: DrainRequest
    outbox_begin: OutboxBeginRequest
    outbox_publish: OutboxPublishRequest
    outbox_commit: OutboxCommitRequest
    outbox_rollback: OutboxRollbackRequest
    relay_run: RelayRunRequest
    relay_stop: RelayStopRequest
    outbox_release: OutboxReleaseRequest
    inbox_handle: InboxHandleRequest
    crash_at: CrashAtRequest
    release: ReleaseRequest
    redrive: RedriveRequest
    dump: DumpRequest
    quit: QuitRequest
    rpc_serve: _rpc_pb2.RpcServeRequest
    rpc_call: _rpc_pb2.RpcCallRequest
    def __init__(self, n: _Optional[int] = ..., deadline_ms: _Optional[int] = ..., hello: _Optional[_Union[HelloRequest, _Mapping]] = ..., configure: _Optional[_Union[ConfigureRequest, _Mapping]] = ..., encode: _Optional[_Union[EncodeRequest, _Mapping]] = ..., decode: _Optional[_Union[DecodeRequest, _Mapping]] = ..., subject_of: _Optional[_Union[SubjectOfRequest, _Mapping]] = ..., partition_of: _Optional[_Union[PartitionOfRequest, _Mapping]] = ..., validate: _Optional[_Union[ValidateRequest, _Mapping]] = ..., schema_of: _Optional[_Union[SchemaOfRequest, _Mapping]] = ..., delay_of: _Optional[_Union[DelayOfRequest, _Mapping]] = ..., provision: _Optional[_Union[ProvisionRequest, _Mapping]] = ..., publish: _Optional[_Union[PublishRequest, _Mapping]] = ..., subscribe: _Optional[_Union[SubscribeRequest, _Mapping]] = ..., drain: _Optional[_Union[DrainRequest, _Mapping]] = ..., outbox_begin: _Optional[_Union[OutboxBeginRequest, _Mapping]] = ..., outbox_publish: _Optional[_Union[OutboxPublishRequest, _Mapping]] = ..., outbox_commit: _Optional[_Union[OutboxCommitRequest, _Mapping]] = ..., outbox_rollback: _Optional[_Union[OutboxRollbackRequest, _Mapping]] = ..., relay_run: _Optional[_Union[RelayRunRequest, _Mapping]] = ..., relay_stop: _Optional[_Union[RelayStopRequest, _Mapping]] = ..., outbox_release: _Optional[_Union[OutboxReleaseRequest, _Mapping]] = ..., inbox_handle: _Optional[_Union[InboxHandleRequest, _Mapping]] = ..., crash_at: _Optional[_Union[CrashAtRequest, _Mapping]] = ..., release: _Optional[_Union[ReleaseRequest, _Mapping]] = ..., redrive: _Optional[_Union[RedriveRequest, _Mapping]] = ..., dump: _Optional[_Union[DumpRequest, _Mapping]] = ..., quit: _Optional[_Union[QuitRequest, _Mapping]] = ..., rpc_serve: _Optional[_Union[_rpc_pb2.RpcServeRequest, _Mapping]] = ..., rpc_call: _Optional[_Union[_rpc_pb2.RpcCallRequest, _Mapping]] = ...) -> None: ...

class Reply(_message.Message):
    __slots__ = ("n", "error", "report", "hello", "configure", "encode", "decode", "subject_of", "partition_of", "validate", "schema_of", "delay_of", "provision", "publish", "subscribe", "drain", "outbox_begin", "outbox_publish", "outbox_commit", "outbox_rollback", "relay_run", "relay_stop", "outbox_release", "inbox_handle", "crash_at", "release", "redrive", "dump", "quit", "rpc_serve", "rpc_call")
    N_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    CONFIGURE_FIELD_NUMBER: _ClassVar[int]
    ENCODE_FIELD_NUMBER: _ClassVar[int]
    DECODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_OF_FIELD_NUMBER: _ClassVar[int]
    PARTITION_OF_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_OF_FIELD_NUMBER: _ClassVar[int]
    DELAY_OF_FIELD_NUMBER: _ClassVar[int]
    PROVISION_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_BEGIN_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_PUBLISH_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_COMMIT_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_ROLLBACK_FIELD_NUMBER: _ClassVar[int]
    RELAY_RUN_FIELD_NUMBER: _ClassVar[int]
    RELAY_STOP_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_RELEASE_FIELD_NUMBER: _ClassVar[int]
    INBOX_HANDLE_FIELD_NUMBER: _ClassVar[int]
    CRASH_AT_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    REDRIVE_FIELD_NUMBER: _ClassVar[int]
    DUMP_FIELD_NUMBER: _ClassVar[int]
    QUIT_FIELD_NUMBER: _ClassVar[int]
    RPC_SERVE_FIELD_NUMBER: _ClassVar[int]
    RPC_CALL_FIELD_NUMBER: _ClassVar[int]
    n: int
    error: Error
    report: TesteeReport
    hello: HelloReply
    configure: ConfigureReply
    encode: EncodeReply
    decode: DecodeReply
    subject_of: SubjectOfReply
    partition_of: PartitionOfReply
    validate: ValidateReply
    schema_of: SchemaOfReply
    delay_of: DelayOfReply
    provision: ProvisionReply
    publish: PublishReply
    subscribe: SubscribeReply
    drain: DrainReply
    outbox_begin: OutboxBeginReply
    outbox_publish: OutboxPublishReply
    outbox_commit: OutboxCommitReply
    outbox_rollback: OutboxRollbackReply
    relay_run: RelayRunReply
    relay_stop: RelayStopReply
    outbox_release: OutboxReleaseReply
    inbox_handle: InboxHandleReply
    crash_at: CrashAtReply
    release: ReleaseReply
    redrive: RedriveReply
    dump: DumpReply
    quit: QuitReply
    rpc_serve: _rpc_pb2.RpcServeReply
    rpc_call: _rpc_pb2.RpcCallReply
    def __init__(self, n: _Optional[int] = ..., error: _Optional[_Union[Error, _Mapping]] = ..., report: _Optional[_Union[TesteeReport, _Mapping]] = ..., hello: _Optional[_Union[HelloReply, _Mapping]] = ..., configure: _Optional[_Union[ConfigureReply, _Mapping]] = ..., encode: _Optional[_Union[EncodeReply, _Mapping]] = ..., decode: _Optional[_Union[DecodeReply, _Mapping]] = ..., subject_of: _Optional[_Union[SubjectOfReply, _Mapping]] = ..., partition_of: _Optional[_Union[PartitionOfReply, _Mapping]] = ..., validate: _Optional[_Union[ValidateReply, _Mapping]] = ..., schema_of: _Optional[_Union[SchemaOfReply, _Mapping]] = ..., delay_of: _Optional[_Union[DelayOfReply, _Mapping]] = ..., provision: _Optional[_Union[ProvisionReply, _Mapping]] = ..., publish: _Optional[_Union[PublishReply, _Mapping]] = ..., subscribe: _Optional[_Union[SubscribeReply, _Mapping]] = ..., drain: _Optional[_Union[DrainReply, _Mapping]] = ..., outbox_begin: _Optional[_Union[OutboxBeginReply, _Mapping]] = ..., outbox_publish: _Optional[_Union[OutboxPublishReply, _Mapping]] = ..., outbox_commit: _Optional[_Union[OutboxCommitReply, _Mapping]] = ..., outbox_rollback: _Optional[_Union[OutboxRollbackReply, _Mapping]] = ..., relay_run: _Optional[_Union[RelayRunReply, _Mapping]] = ..., relay_stop: _Optional[_Union[RelayStopReply, _Mapping]] = ..., outbox_release: _Optional[_Union[OutboxReleaseReply, _Mapping]] = ..., inbox_handle: _Optional[_Union[InboxHandleReply, _Mapping]] = ..., crash_at: _Optional[_Union[CrashAtReply, _Mapping]] = ..., release: _Optional[_Union[ReleaseReply, _Mapping]] = ..., redrive: _Optional[_Union[RedriveReply, _Mapping]] = ..., dump: _Optional[_Union[DumpReply, _Mapping]] = ..., quit: _Optional[_Union[QuitReply, _Mapping]] = ..., rpc_serve: _Optional[_Union[_rpc_pb2.RpcServeReply, _Mapping]] = ..., rpc_call: _Optional[_Union[_rpc_pb2.RpcCallReply, _Mapping]] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class TesteeReport(_message.Message):
    __slots__ = ("start", "end", "at_point", "warning", "rpc_start", "rpc_end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    AT_POINT_FIELD_NUMBER: _ClassVar[int]
    WARNING_FIELD_NUMBER: _ClassVar[int]
    RPC_START_FIELD_NUMBER: _ClassVar[int]
    RPC_END_FIELD_NUMBER: _ClassVar[int]
    start: StartReport
    end: EndReport
    at_point: AtPointReport
    warning: WarningReport
    rpc_start: _rpc_pb2.RpcStartReport
    rpc_end: _rpc_pb2.RpcEndReport
    def __init__(self, start: _Optional[_Union[StartReport, _Mapping]] = ..., end: _Optional[_Union[EndReport, _Mapping]] = ..., at_point: _Optional[_Union[AtPointReport, _Mapping]] = ..., warning: _Optional[_Union[WarningReport, _Mapping]] = ..., rpc_start: _Optional[_Union[_rpc_pb2.RpcStartReport, _Mapping]] = ..., rpc_end: _Optional[_Union[_rpc_pb2.RpcEndReport, _Mapping]] = ...) -> None: ...

class StartReport(_message.Message):
    __slots__ = ("id", "source", "type", "key", "n", "attempt", "redrive", "trace")
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REDRIVE_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    id: str
    source: str
    type: str
    key: str
    n: int
    attempt: int
    redrive: int
    trace: str
    def __init__(self, id: _Optional[str] = ..., source: _Optional[str] = ..., type: _Optional[str] = ..., key: _Optional[str] = ..., n: _Optional[int] = ..., attempt: _Optional[int] = ..., redrive: _Optional[int] = ..., trace: _Optional[str] = ...) -> None: ...

class EndReport(_message.Message):
    __slots__ = ("id", "source", "type", "key", "n", "attempt", "redrive", "trace", "outcome")
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REDRIVE_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    id: str
    source: str
    type: str
    key: str
    n: int
    attempt: int
    redrive: int
    trace: str
    outcome: str
    def __init__(self, id: _Optional[str] = ..., source: _Optional[str] = ..., type: _Optional[str] = ..., key: _Optional[str] = ..., n: _Optional[int] = ..., attempt: _Optional[int] = ..., redrive: _Optional[int] = ..., trace: _Optional[str] = ..., outcome: _Optional[str] = ...) -> None: ...

class AtPointReport(_message.Message):
    __slots__ = ("point", "nth")
    POINT_FIELD_NUMBER: _ClassVar[int]
    NTH_FIELD_NUMBER: _ClassVar[int]
    point: str
    nth: int
    def __init__(self, point: _Optional[str] = ..., nth: _Optional[int] = ...) -> None: ...

class WarningReport(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class PlainEnvelope(_message.Message):
    __slots__ = ("id", "source", "type", "time", "key", "sequence", "idempotency_key", "traceparent", "correlation_id", "causation_id", "data_content_type", "data", "tracestate", "data_schema", "attributes")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSATION_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    DATA_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    id: str
    source: str
    type: str
    time: _timestamp_pb2.Timestamp
    key: str
    sequence: int
    idempotency_key: str
    traceparent: str
    correlation_id: str
    causation_id: str
    data_content_type: str
    data: _struct_pb2.Value
    tracestate: str
    data_schema: str
    attributes: _containers.ScalarMap[str, str]
    def __init__(self, id: _Optional[str] = ..., source: _Optional[str] = ..., type: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., key: _Optional[str] = ..., sequence: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., traceparent: _Optional[str] = ..., correlation_id: _Optional[str] = ..., causation_id: _Optional[str] = ..., data_content_type: _Optional[str] = ..., data: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., tracestate: _Optional[str] = ..., data_schema: _Optional[str] = ..., attributes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Header(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("type", "data", "id", "source", "key", "idempotency_key", "time", "attributes", "correlation_id", "tracestate")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    type: str
    data: _struct_pb2.Value
    id: str
    source: str
    key: str
    idempotency_key: str
    time: _timestamp_pb2.Timestamp
    attributes: _containers.ScalarMap[str, str]
    correlation_id: str
    tracestate: str
    def __init__(self, type: _Optional[str] = ..., data: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., id: _Optional[str] = ..., source: _Optional[str] = ..., key: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attributes: _Optional[_Mapping[str, str]] = ..., correlation_id: _Optional[str] = ..., tracestate: _Optional[str] = ...) -> None: ...

class HelloRequest(_message.Message):
    __slots__ = ("protocol",)
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    protocol: int
    def __init__(self, protocol: _Optional[int] = ...) -> None: ...

class HelloReply(_message.Message):
    __slots__ = ("name", "language", "version", "features")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    language: str
    version: str
    features: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., language: _Optional[str] = ..., version: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ...) -> None: ...

class ConfigureRequest(_message.Message):
    __slots__ = ("ns", "service", "broker_url", "database_url", "mode", "now", "seed", "retry", "ack_wait_ms", "handler_timeout_ms", "concurrency", "park_after_ms", "lease_ttl_ms", "poll_ms", "order", "parked_limit", "source", "inbox_days")
    NS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    BROKER_URL_FIELD_NUMBER: _ClassVar[int]
    DATABASE_URL_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    ACK_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    HANDLER_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    PARK_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    LEASE_TTL_MS_FIELD_NUMBER: _ClassVar[int]
    POLL_MS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    PARKED_LIMIT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    INBOX_DAYS_FIELD_NUMBER: _ClassVar[int]
    ns: str
    service: str
    broker_url: str
    database_url: str
    mode: str
    now: _timestamp_pb2.Timestamp
    seed: int
    retry: RetryConfig
    ack_wait_ms: int
    handler_timeout_ms: int
    concurrency: int
    park_after_ms: int
    lease_ttl_ms: int
    poll_ms: int
    order: str
    parked_limit: int
    source: str
    inbox_days: int
    def __init__(self, ns: _Optional[str] = ..., service: _Optional[str] = ..., broker_url: _Optional[str] = ..., database_url: _Optional[str] = ..., mode: _Optional[str] = ..., now: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seed: _Optional[int] = ..., retry: _Optional[_Union[RetryConfig, _Mapping]] = ..., ack_wait_ms: _Optional[int] = ..., handler_timeout_ms: _Optional[int] = ..., concurrency: _Optional[int] = ..., park_after_ms: _Optional[int] = ..., lease_ttl_ms: _Optional[int] = ..., poll_ms: _Optional[int] = ..., order: _Optional[str] = ..., parked_limit: _Optional[int] = ..., source: _Optional[str] = ..., inbox_days: _Optional[int] = ...) -> None: ...

class RetryConfig(_message.Message):
    __slots__ = ("initial_ms", "max_ms", "max_attempts", "max_deliveries")
    INITIAL_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    MAX_DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    initial_ms: int
    max_ms: int
    max_attempts: int
    max_deliveries: int
    def __init__(self, initial_ms: _Optional[int] = ..., max_ms: _Optional[int] = ..., max_attempts: _Optional[int] = ..., max_deliveries: _Optional[int] = ...) -> None: ...

class ConfigureReply(_message.Message):
    __slots__ = ("warnings",)
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class EncodeRequest(_message.Message):
    __slots__ = ("mode", "envelope")
    MODE_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    mode: str
    envelope: PlainEnvelope
    def __init__(self, mode: _Optional[str] = ..., envelope: _Optional[_Union[PlainEnvelope, _Mapping]] = ...) -> None: ...

class EncodeReply(_message.Message):
    __slots__ = ("body", "headers")
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    body: _struct_pb2.Value
    headers: _containers.RepeatedCompositeFieldContainer[Header]
    def __init__(self, body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., headers: _Optional[_Iterable[_Union[Header, _Mapping]]] = ...) -> None: ...

class DecodeRequest(_message.Message):
    __slots__ = ("body", "headers")
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    body: _struct_pb2.Value
    headers: _containers.RepeatedCompositeFieldContainer[Header]
    def __init__(self, body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., headers: _Optional[_Iterable[_Union[Header, _Mapping]]] = ...) -> None: ...

class DecodeReply(_message.Message):
    __slots__ = ("envelope",)
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    envelope: PlainEnvelope
    def __init__(self, envelope: _Optional[_Union[PlainEnvelope, _Mapping]] = ...) -> None: ...

class SubjectOfRequest(_message.Message):
    __slots__ = ("kind", "stream", "service", "envelope", "ns", "partitions")
    KIND_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    NS_FIELD_NUMBER: _ClassVar[int]
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    stream: str
    service: str
    envelope: PlainEnvelope
    ns: str
    partitions: int
    def __init__(self, kind: _Optional[str] = ..., stream: _Optional[str] = ..., service: _Optional[str] = ..., envelope: _Optional[_Union[PlainEnvelope, _Mapping]] = ..., ns: _Optional[str] = ..., partitions: _Optional[int] = ...) -> None: ...

class SubjectOfReply(_message.Message):
    __slots__ = ("subject",)
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    subject: str
    def __init__(self, subject: _Optional[str] = ...) -> None: ...

class PartitionOfRequest(_message.Message):
    __slots__ = ("key", "id", "partitions")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    key: str
    id: str
    partitions: int
    def __init__(self, key: _Optional[str] = ..., id: _Optional[str] = ..., partitions: _Optional[int] = ...) -> None: ...

class PartitionOfReply(_message.Message):
    __slots__ = ("partition",)
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    partition: int
    def __init__(self, partition: _Optional[int] = ...) -> None: ...

class ValidateRequest(_message.Message):
    __slots__ = ("type", "data")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    type: str
    data: _struct_pb2.Value
    def __init__(self, type: _Optional[str] = ..., data: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class ValidateReply(_message.Message):
    __slots__ = ("violations",)
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    violations: _containers.RepeatedCompositeFieldContainer[Violation]
    def __init__(self, violations: _Optional[_Iterable[_Union[Violation, _Mapping]]] = ...) -> None: ...

class Violation(_message.Message):
    __slots__ = ("path", "rule", "message")
    PATH_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    path: str
    rule: str
    message: str
    def __init__(self, path: _Optional[str] = ..., rule: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class SchemaOfRequest(_message.Message):
    __slots__ = ("type", "data")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    type: str
    data: _struct_pb2.Value
    def __init__(self, type: _Optional[str] = ..., data: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class SchemaOfReply(_message.Message):
    __slots__ = ("data_schema", "key", "idempotency_key")
    DATA_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    data_schema: str
    key: str
    idempotency_key: str
    def __init__(self, data_schema: _Optional[str] = ..., key: _Optional[str] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class DelayOfRequest(_message.Message):
    __slots__ = ("policy", "attempt", "random")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    RANDOM_FIELD_NUMBER: _ClassVar[int]
    policy: RetryConfig
    attempt: int
    random: float
    def __init__(self, policy: _Optional[_Union[RetryConfig, _Mapping]] = ..., attempt: _Optional[int] = ..., random: _Optional[float] = ...) -> None: ...

class DelayOfReply(_message.Message):
    __slots__ = ("ms",)
    MS_FIELD_NUMBER: _ClassVar[int]
    ms: int
    def __init__(self, ms: _Optional[int] = ...) -> None: ...

class ProvisionRequest(_message.Message):
    __slots__ = ("fixture",)
    FIXTURE_FIELD_NUMBER: _ClassVar[int]
    fixture: str
    def __init__(self, fixture: _Optional[str] = ...) -> None: ...

class ProvisionReply(_message.Message):
    __slots__ = ("changes", "warnings")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedScalarFieldContainer[str]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, changes: _Optional[_Iterable[str]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class PublishRequest(_message.Message):
    __slots__ = ("events", "timeout_ms", "in_span")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    IN_SPAN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    timeout_ms: int
    in_span: str
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., timeout_ms: _Optional[int] = ..., in_span: _Optional[str] = ...) -> None: ...

class PublishReply(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[Published]
    def __init__(self, results: _Optional[_Iterable[_Union[Published, _Mapping]]] = ...) -> None: ...

class Published(_message.Message):
    __slots__ = ("id", "stream", "seq", "duplicate")
    ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    id: str
    stream: str
    seq: int
    duplicate: bool
    def __init__(self, id: _Optional[str] = ..., stream: _Optional[str] = ..., seq: _Optional[int] = ..., duplicate: _Optional[bool] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("types", "script")
    TYPES_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[str]
    script: _containers.RepeatedCompositeFieldContainer[Rule]
    def __init__(self, types: _Optional[_Iterable[str]] = ..., script: _Optional[_Iterable[_Union[Rule, _Mapping]]] = ...) -> None: ...

class Rule(_message.Message):
    __slots__ = ("match", "do", "ms", "events", "error_size")
    MATCH_FIELD_NUMBER: _ClassVar[int]
    DO_FIELD_NUMBER: _ClassVar[int]
    MS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_SIZE_FIELD_NUMBER: _ClassVar[int]
    match: Match
    do: str
    ms: int
    events: _containers.RepeatedCompositeFieldContainer[Event]
    error_size: int
    def __init__(self, match: _Optional[_Union[Match, _Mapping]] = ..., do: _Optional[str] = ..., ms: _Optional[int] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., error_size: _Optional[int] = ...) -> None: ...

class Match(_message.Message):
    __slots__ = ("key", "n", "attempt", "type", "redrive")
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    REDRIVE_FIELD_NUMBER: _ClassVar[int]
    key: str
    n: int
    attempt: int
    type: str
    redrive: int
    def __init__(self, key: _Optional[str] = ..., n: _Optional[int] = ..., attempt: _Optional[int] = ..., type: _Optional[str] = ..., redrive: _Optional[int] = ...) -> None: ...

class SubscribeReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DrainRequest(_message.Message):
    __slots__ = ("timeout_ms",)
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    timeout_ms: int
    def __init__(self, timeout_ms: _Optional[int] = ...) -> None: ...

class DrainReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OutboxBeginRequest(_message.Message):
    __slots__ = ("tx",)
    TX_FIELD_NUMBER: _ClassVar[int]
    tx: str
    def __init__(self, tx: _Optional[str] = ...) -> None: ...

class OutboxBeginReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OutboxPublishRequest(_message.Message):
    __slots__ = ("tx", "events")
    TX_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    tx: str
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, tx: _Optional[str] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class OutboxPublishReply(_message.Message):
    __slots__ = ("ids",)
    IDS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, ids: _Optional[_Iterable[str]] = ...) -> None: ...

class OutboxCommitRequest(_message.Message):
    __slots__ = ("tx",)
    TX_FIELD_NUMBER: _ClassVar[int]
    tx: str
    def __init__(self, tx: _Optional[str] = ...) -> None: ...

class OutboxCommitReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OutboxRollbackRequest(_message.Message):
    __slots__ = ("tx",)
    TX_FIELD_NUMBER: _ClassVar[int]
    tx: str
    def __init__(self, tx: _Optional[str] = ...) -> None: ...

class OutboxRollbackReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RelayRunRequest(_message.Message):
    __slots__ = ("until",)
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    until: str
    def __init__(self, until: _Optional[str] = ...) -> None: ...

class RelayRunReply(_message.Message):
    __slots__ = ("published", "quarantined")
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    published: int
    quarantined: int
    def __init__(self, published: _Optional[int] = ..., quarantined: _Optional[int] = ...) -> None: ...

class RelayStopRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RelayStopReply(_message.Message):
    __slots__ = ("published", "quarantined")
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    published: int
    quarantined: int
    def __init__(self, published: _Optional[int] = ..., quarantined: _Optional[int] = ...) -> None: ...

class OutboxReleaseRequest(_message.Message):
    __slots__ = ("row",)
    ROW_FIELD_NUMBER: _ClassVar[int]
    row: str
    def __init__(self, row: _Optional[str] = ...) -> None: ...

class OutboxReleaseReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class InboxHandleRequest(_message.Message):
    __slots__ = ("body", "headers", "script", "subject", "seq")
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    body: _struct_pb2.Value
    headers: _containers.RepeatedCompositeFieldContainer[Header]
    script: _containers.RepeatedCompositeFieldContainer[Rule]
    subject: str
    seq: int
    def __init__(self, body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., headers: _Optional[_Iterable[_Union[Header, _Mapping]]] = ..., script: _Optional[_Iterable[_Union[Rule, _Mapping]]] = ..., subject: _Optional[str] = ..., seq: _Optional[int] = ...) -> None: ...

class InboxHandleReply(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: str
    def __init__(self, outcome: _Optional[str] = ...) -> None: ...

class CrashAtRequest(_message.Message):
    __slots__ = ("point", "nth")
    POINT_FIELD_NUMBER: _ClassVar[int]
    NTH_FIELD_NUMBER: _ClassVar[int]
    point: str
    nth: int
    def __init__(self, point: _Optional[str] = ..., nth: _Optional[int] = ...) -> None: ...

class CrashAtReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("point",)
    POINT_FIELD_NUMBER: _ClassVar[int]
    point: str
    def __init__(self, point: _Optional[str] = ...) -> None: ...

class ReleaseReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RedriveRequest(_message.Message):
    __slots__ = ("service", "stream", "seq")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    service: str
    stream: str
    seq: int
    def __init__(self, service: _Optional[str] = ..., stream: _Optional[str] = ..., seq: _Optional[int] = ...) -> None: ...

class RedriveReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DumpRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DumpReply(_message.Message):
    __slots__ = ("outbox", "inbox", "parked", "leases", "slots", "buffered")
    OUTBOX_FIELD_NUMBER: _ClassVar[int]
    INBOX_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    LEASES_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    BUFFERED_FIELD_NUMBER: _ClassVar[int]
    outbox: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Struct]
    inbox: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Struct]
    parked: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Struct]
    leases: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Struct]
    slots: int
    buffered: int
    def __init__(self, outbox: _Optional[_Iterable[_Union[_struct_pb2.Struct, _Mapping]]] = ..., inbox: _Optional[_Iterable[_Union[_struct_pb2.Struct, _Mapping]]] = ..., parked: _Optional[_Iterable[_Union[_struct_pb2.Struct, _Mapping]]] = ..., leases: _Optional[_Iterable[_Union[_struct_pb2.Struct, _Mapping]]] = ..., slots: _Optional[int] = ..., buffered: _Optional[int] = ...) -> None: ...

class QuitRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class QuitReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
