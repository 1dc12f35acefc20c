from concord.conformance.v1 import expectation_pb2 as _expectation_pb2
from concord.conformance.v1 import rpc_pb2 as _rpc_pb2
from concord.conformance.v1 import testee_pb2 as _testee_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Step(_message.Message):
    __slots__ = ("on", "later", "reply", "error", "within_ms", "now", "why", "configure", "encode", "decode", "subject_of", "partition_of", "validate", "schema_of", "delay_of", "provision", "publish", "subscribe", "drain", "outbox_begin", "outbox_publish", "outbox_commit", "outbox_rollback", "relay_run", "relay_stop", "outbox_release", "inbox_handle", "crash_at", "release", "redrive", "dump", "quit", "outbox", "line", "rpc_serve", "rpc_call", "wait_ms", "settle", "repeat", "raw", "start", "signal", "broker", "network", "stream", "consumer", "database", "vectors", "fuzz", "rpc", "http", "peer", "nats_request", "runs", "messages", "stream_config", "consumers", "rows", "effects", "history", "reports", "process", "value", "ids", "pending", "dumped", "any_of", "served")
    ON_FIELD_NUMBER: _ClassVar[int]
    AS_FIELD_NUMBER: _ClassVar[int]
    LATER_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    WITHIN_MS_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
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
    OUTBOX_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    RPC_SERVE_FIELD_NUMBER: _ClassVar[int]
    RPC_CALL_FIELD_NUMBER: _ClassVar[int]
    AWAIT_FIELD_NUMBER: _ClassVar[int]
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    SETTLE_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    CONSUMER_FIELD_NUMBER: _ClassVar[int]
    DATABASE_FIELD_NUMBER: _ClassVar[int]
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    FUZZ_FIELD_NUMBER: _ClassVar[int]
    RPC_FIELD_NUMBER: _ClassVar[int]
    HTTP_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    NATS_REQUEST_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    STREAM_CONFIG_FIELD_NUMBER: _ClassVar[int]
    CONSUMERS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    DUMPED_FIELD_NUMBER: _ClassVar[int]
    ANY_OF_FIELD_NUMBER: _ClassVar[int]
    SERVED_FIELD_NUMBER: _ClassVar[int]
    on: str
    later: bool
    reply: _struct_pb2.Value
    error: str
    within_ms: int
    now: bool
    why: str
    configure: _testee_pb2.ConfigureRequest
    encode: _testee_pb2.EncodeRequest
    decode: _testee_pb2.DecodeRequest
    subject_of: _testee_pb2.SubjectOfRequest
    partition_of: _testee_pb2.PartitionOfRequest
    validate: _testee_pb2.ValidateRequest
    schema_of: _testee_pb2.SchemaOfRequest
    delay_of: _testee_pb2.DelayOfRequest
    provision: _testee_pb2.ProvisionRequest
    publish: Publish
    subscribe: Subscribe
    drain: _testee_pb2.DrainRequest
    outbox_begin: _testee_pb2.OutboxBeginRequest
    outbox_publish: OutboxPublish
    outbox_commit: _testee_pb2.OutboxCommitRequest
    outbox_rollback: _testee_pb2.OutboxRollbackRequest
    relay_run: _testee_pb2.RelayRunRequest
    relay_stop: _testee_pb2.RelayStopRequest
    outbox_release: _testee_pb2.OutboxReleaseRequest
    inbox_handle: InboxHandle
    crash_at: _testee_pb2.CrashAtRequest
    release: _testee_pb2.ReleaseRequest
    redrive: _testee_pb2.RedriveRequest
    dump: _testee_pb2.DumpRequest
    quit: _testee_pb2.QuitRequest
    outbox: OutboxPublish
    line: Line
    rpc_serve: _rpc_pb2.RpcServeRequest
    rpc_call: _rpc_pb2.RpcCallRequest
    wait_ms: int
    settle: Settle
    repeat: Repeat
    raw: RawPublish
    start: Start
    signal: str
    broker: BrokerAct
    network: NetworkAct
    stream: StreamAct
    consumer: ConsumerAct
    database: DatabaseAct
    vectors: VectorCheck
    fuzz: FuzzCheck
    rpc: _rpc_pb2.RpcExchange
    http: _rpc_pb2.HttpRequest
    peer: _rpc_pb2.PeerServer
    nats_request: _rpc_pb2.NatsRequest
    runs: _expectation_pb2.RunsExpectation
    messages: _expectation_pb2.MessagesExpectation
    stream_config: _expectation_pb2.StreamExpectation
    consumers: _expectation_pb2.ConsumersExpectation
    rows: _expectation_pb2.RowsExpectation
    effects: _expectation_pb2.EffectsExpectation
    history: _expectation_pb2.HistoryExpectation
    reports: _expectation_pb2.ReportsExpectation
    process: _expectation_pb2.ProcessExpectation
    value: _expectation_pb2.ValueExpectation
    ids: _expectation_pb2.IdsExpectation
    pending: str
    dumped: _expectation_pb2.DumpExpectation
    any_of: _expectation_pb2.AnyOf
    served: _rpc_pb2.ServedExpectation
    def __init__(self, on: _Optional[str] = ..., later: _Optional[bool] = ..., reply: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., error: _Optional[str] = ..., within_ms: _Optional[int] = ..., now: _Optional[bool] = ..., why: _Optional[str] = ..., configure: _Optional[_Union[_testee_pb2.ConfigureRequest, _Mapping]] = ..., encode: _Optional[_Union[_testee_pb2.EncodeRequest, _Mapping]] = ..., decode: _Optional[_Union[_testee_pb2.DecodeRequest, _Mapping]] = ..., subject_of: _Optional[_Union[_testee_pb2.SubjectOfRequest, _Mapping]] = ..., partition_of: _Optional[_Union[_testee_pb2.PartitionOfRequest, _Mapping]] = ..., validate: _Optional[_Union[_testee_pb2.ValidateRequest, _Mapping]] = ..., schema_of: _Optional[_Union[_testee_pb2.SchemaOfRequest, _Mapping]] = ..., delay_of: _Optional[_Union[_testee_pb2.DelayOfRequest, _Mapping]] = ..., provision: _Optional[_Union[_testee_pb2.ProvisionRequest, _Mapping]] = ..., publish: _Optional[_Union[Publish, _Mapping]] = ..., subscribe: _Optional[_Union[Subscribe, _Mapping]] = ..., drain: _Optional[_Union[_testee_pb2.DrainRequest, _Mapping]] = ..., outbox_begin: _Optional[_Union[_testee_pb2.OutboxBeginRequest, _Mapping]] = ..., outbox_publish: _Optional[_Union[OutboxPublish, _Mapping]] = ..., outbox_commit: _Optional[_Union[_testee_pb2.OutboxCommitRequest, _Mapping]] = ..., outbox_rollback: _Optional[_Union[_testee_pb2.OutboxRollbackRequest, _Mapping]] = ..., relay_run: _Optional[_Union[_testee_pb2.RelayRunRequest, _Mapping]] = ..., relay_stop: _Optional[_Union[_testee_pb2.RelayStopRequest, _Mapping]] = ..., outbox_release: _Optional[_Union[_testee_pb2.OutboxReleaseRequest, _Mapping]] = ..., inbox_handle: _Optional[_Union[InboxHandle, _Mapping]] = ..., crash_at: _Optional[_Union[_testee_pb2.CrashAtRequest, _Mapping]] = ..., release: _Optional[_Union[_testee_pb2.ReleaseRequest, _Mapping]] = ..., redrive: _Optional[_Union[_testee_pb2.RedriveRequest, _Mapping]] = ..., dump: _Optional[_Union[_testee_pb2.DumpRequest, _Mapping]] = ..., quit: _Optional[_Union[_testee_pb2.QuitRequest, _Mapping]] = ..., outbox: _Optional[_Union[OutboxPublish, _Mapping]] = ..., line: _Optional[_Union[Line, _Mapping]] = ..., rpc_serve: _Optional[_Union[_rpc_pb2.RpcServeRequest, _Mapping]] = ..., rpc_call: _Optional[_Union[_rpc_pb2.RpcCallRequest, _Mapping]] = ..., wait_ms: _Optional[int] = ..., settle: _Optional[_Union[Settle, _Mapping]] = ..., repeat: _Optional[_Union[Repeat, _Mapping]] = ..., raw: _Optional[_Union[RawPublish, _Mapping]] = ..., start: _Optional[_Union[Start, _Mapping]] = ..., signal: _Optional[str] = ..., broker: _Optional[_Union[BrokerAct, _Mapping]] = ..., network: _Optional[_Union[NetworkAct, _Mapping]] = ..., stream: _Optional[_Union[StreamAct, _Mapping]] = ..., consumer: _Optional[_Union[ConsumerAct, _Mapping]] = ..., database: _Optional[_Union[DatabaseAct, _Mapping]] = ..., vectors: _Optional[_Union[VectorCheck, _Mapping]] = ..., fuzz: _Optional[_Union[FuzzCheck, _Mapping]] = ..., rpc: _Optional[_Union[_rpc_pb2.RpcExchange, _Mapping]] = ..., http: _Optional[_Union[_rpc_pb2.HttpRequest, _Mapping]] = ..., peer: _Optional[_Union[_rpc_pb2.PeerServer, _Mapping]] = ..., nats_request: _Optional[_Union[_rpc_pb2.NatsRequest, _Mapping]] = ..., runs: _Optional[_Union[_expectation_pb2.RunsExpectation, _Mapping]] = ..., messages: _Optional[_Union[_expectation_pb2.MessagesExpectation, _Mapping]] = ..., stream_config: _Optional[_Union[_expectation_pb2.StreamExpectation, _Mapping]] = ..., consumers: _Optional[_Union[_expectation_pb2.ConsumersExpectation, _Mapping]] = ..., rows: _Optional[_Union[_expectation_pb2.RowsExpectation, _Mapping]] = ..., effects: _Optional[_Union[_expectation_pb2.EffectsExpectation, _Mapping]] = ..., history: _Optional[_Union[_expectation_pb2.HistoryExpectation, _Mapping]] = ..., reports: _Optional[_Union[_expectation_pb2.ReportsExpectation, _Mapping]] = ..., process: _Optional[_Union[_expectation_pb2.ProcessExpectation, _Mapping]] = ..., value: _Optional[_Union[_expectation_pb2.ValueExpectation, _Mapping]] = ..., ids: _Optional[_Union[_expectation_pb2.IdsExpectation, _Mapping]] = ..., pending: _Optional[str] = ..., dumped: _Optional[_Union[_expectation_pb2.DumpExpectation, _Mapping]] = ..., any_of: _Optional[_Union[_expectation_pb2.AnyOf, _Mapping]] = ..., served: _Optional[_Union[_rpc_pb2.ServedExpectation, _Mapping]] = ..., **kwargs) -> None: ...

class Events(_message.Message):
    __slots__ = ("keys", "mixed", "event", "data", "padding")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    MIXED_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    PADDING_FIELD_NUMBER: _ClassVar[int]
    keys: str
    mixed: bool
    event: _testee_pb2.Event
    data: _struct_pb2.Struct
    padding: str
    def __init__(self, keys: _Optional[str] = ..., mixed: _Optional[bool] = ..., event: _Optional[_Union[_testee_pb2.Event, _Mapping]] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., padding: _Optional[str] = ...) -> None: ...

class Publish(_message.Message):
    __slots__ = ("events", "timeout_ms", "in_span")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    IN_SPAN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Events]
    timeout_ms: int
    in_span: str
    def __init__(self, events: _Optional[_Iterable[_Union[Events, _Mapping]]] = ..., timeout_ms: _Optional[int] = ..., in_span: _Optional[str] = ...) -> None: ...

class OutboxPublish(_message.Message):
    __slots__ = ("tx", "events")
    TX_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    tx: str
    events: _containers.RepeatedCompositeFieldContainer[Events]
    def __init__(self, tx: _Optional[str] = ..., events: _Optional[_Iterable[_Union[Events, _Mapping]]] = ...) -> None: ...

class Subscribe(_message.Message):
    __slots__ = ("types", "script")
    TYPES_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[str]
    script: _containers.RepeatedCompositeFieldContainer[ScriptRule]
    def __init__(self, types: _Optional[_Iterable[str]] = ..., script: _Optional[_Iterable[_Union[ScriptRule, _Mapping]]] = ...) -> None: ...

class ScriptRule(_message.Message):
    __slots__ = ("at", "type", "redrive", "do", "ms", "events", "error_size")
    AT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    REDRIVE_FIELD_NUMBER: _ClassVar[int]
    DO_FIELD_NUMBER: _ClassVar[int]
    MS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_SIZE_FIELD_NUMBER: _ClassVar[int]
    at: str
    type: str
    redrive: int
    do: str
    ms: int
    events: _containers.RepeatedCompositeFieldContainer[Events]
    error_size: int
    def __init__(self, at: _Optional[str] = ..., type: _Optional[str] = ..., redrive: _Optional[int] = ..., do: _Optional[str] = ..., ms: _Optional[int] = ..., events: _Optional[_Iterable[_Union[Events, _Mapping]]] = ..., error_size: _Optional[int] = ...) -> None: ...

class InboxHandle(_message.Message):
    __slots__ = ("message", "script")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    message: RawMessage
    script: _containers.RepeatedCompositeFieldContainer[ScriptRule]
    def __init__(self, message: _Optional[_Union[RawMessage, _Mapping]] = ..., script: _Optional[_Iterable[_Union[ScriptRule, _Mapping]]] = ...) -> None: ...

class Line(_message.Message):
    __slots__ = ("text", "n")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    text: str
    n: int
    def __init__(self, text: _Optional[str] = ..., n: _Optional[int] = ...) -> None: ...

class Settle(_message.Message):
    __slots__ = ("by", "type")
    BY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    by: _containers.RepeatedScalarFieldContainer[str]
    type: str
    def __init__(self, by: _Optional[_Iterable[str]] = ..., type: _Optional[str] = ...) -> None: ...

class Repeat(_message.Message):
    __slots__ = ("times", "steps")
    TIMES_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    times: int
    steps: _containers.RepeatedCompositeFieldContainer[Step]
    def __init__(self, times: _Optional[int] = ..., steps: _Optional[_Iterable[_Union[Step, _Mapping]]] = ...) -> None: ...

class RawPublish(_message.Message):
    __slots__ = ("messages", "unacknowledged")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    UNACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[RawMessage]
    unacknowledged: bool
    def __init__(self, messages: _Optional[_Iterable[_Union[RawMessage, _Mapping]]] = ..., unacknowledged: _Optional[bool] = ...) -> None: ...

class RawMessage(_message.Message):
    __slots__ = ("keys", "mixed", "envelope", "data", "mode", "vector", "body", "append", "headers", "more_headers", "many_headers", "subject", "padding")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    MIXED_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    APPEND_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    MORE_HEADERS_FIELD_NUMBER: _ClassVar[int]
    MANY_HEADERS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PADDING_FIELD_NUMBER: _ClassVar[int]
    keys: str
    mixed: bool
    envelope: _testee_pb2.PlainEnvelope
    data: _struct_pb2.Struct
    mode: str
    vector: str
    body: _struct_pb2.Value
    append: str
    headers: _containers.RepeatedCompositeFieldContainer[_testee_pb2.Header]
    more_headers: _containers.RepeatedCompositeFieldContainer[_testee_pb2.Header]
    many_headers: int
    subject: str
    padding: str
    def __init__(self, keys: _Optional[str] = ..., mixed: _Optional[bool] = ..., envelope: _Optional[_Union[_testee_pb2.PlainEnvelope, _Mapping]] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., mode: _Optional[str] = ..., vector: _Optional[str] = ..., body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., append: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_testee_pb2.Header, _Mapping]]] = ..., more_headers: _Optional[_Iterable[_Union[_testee_pb2.Header, _Mapping]]] = ..., many_headers: _Optional[int] = ..., subject: _Optional[str] = ..., padding: _Optional[str] = ...) -> None: ...

class Start(_message.Message):
    __slots__ = ("configure",)
    CONFIGURE_FIELD_NUMBER: _ClassVar[int]
    configure: _testee_pb2.ConfigureRequest
    def __init__(self, configure: _Optional[_Union[_testee_pb2.ConfigureRequest, _Mapping]] = ...) -> None: ...

class BrokerAct(_message.Message):
    __slots__ = ("stop", "kill", "start", "restart", "pause", "resume")
    STOP_FIELD_NUMBER: _ClassVar[int]
    KILL_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    RESTART_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    stop: Nothing
    kill: Nothing
    start: Nothing
    restart: Nothing
    pause: Nothing
    resume: Nothing
    def __init__(self, stop: _Optional[_Union[Nothing, _Mapping]] = ..., kill: _Optional[_Union[Nothing, _Mapping]] = ..., start: _Optional[_Union[Nothing, _Mapping]] = ..., restart: _Optional[_Union[Nothing, _Mapping]] = ..., pause: _Optional[_Union[Nothing, _Mapping]] = ..., resume: _Optional[_Union[Nothing, _Mapping]] = ...) -> None: ...

class Nothing(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NetworkAct(_message.Message):
    __slots__ = ("to", "cut", "refuse", "blackhole", "mute", "delay_ms", "heal")
    TO_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    REFUSE_FIELD_NUMBER: _ClassVar[int]
    BLACKHOLE_FIELD_NUMBER: _ClassVar[int]
    MUTE_FIELD_NUMBER: _ClassVar[int]
    DELAY_MS_FIELD_NUMBER: _ClassVar[int]
    HEAL_FIELD_NUMBER: _ClassVar[int]
    to: str
    cut: Nothing
    refuse: Nothing
    blackhole: Nothing
    mute: Nothing
    delay_ms: int
    heal: Nothing
    def __init__(self, to: _Optional[str] = ..., cut: _Optional[_Union[Nothing, _Mapping]] = ..., refuse: _Optional[_Union[Nothing, _Mapping]] = ..., blackhole: _Optional[_Union[Nothing, _Mapping]] = ..., mute: _Optional[_Union[Nothing, _Mapping]] = ..., delay_ms: _Optional[int] = ..., heal: _Optional[_Union[Nothing, _Mapping]] = ...) -> None: ...

class StreamAct(_message.Message):
    __slots__ = ("name", "create", "update", "purge", "delete", "recreate", "truncate", "delete_message")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    PURGE_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    RECREATE_FIELD_NUMBER: _ClassVar[int]
    TRUNCATE_FIELD_NUMBER: _ClassVar[int]
    DELETE_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    create: _struct_pb2.Struct
    update: _struct_pb2.Struct
    purge: PurgeAct
    delete: Nothing
    recreate: Nothing
    truncate: int
    delete_message: str
    def __init__(self, name: _Optional[str] = ..., create: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., update: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., purge: _Optional[_Union[PurgeAct, _Mapping]] = ..., delete: _Optional[_Union[Nothing, _Mapping]] = ..., recreate: _Optional[_Union[Nothing, _Mapping]] = ..., truncate: _Optional[int] = ..., delete_message: _Optional[str] = ...) -> None: ...

class PurgeAct(_message.Message):
    __slots__ = ("before",)
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    before: str
    def __init__(self, before: _Optional[str] = ...) -> None: ...

class ConsumerAct(_message.Message):
    __slots__ = ("stream", "name", "delete", "create")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    CREATE_FIELD_NUMBER: _ClassVar[int]
    stream: str
    name: str
    delete: Nothing
    create: _struct_pb2.Struct
    def __init__(self, stream: _Optional[str] = ..., name: _Optional[str] = ..., delete: _Optional[_Union[Nothing, _Mapping]] = ..., create: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class DatabaseAct(_message.Message):
    __slots__ = ("stop", "start", "snapshot", "restore", "hold_transaction", "end_transaction", "fail_inserts", "change", "delete", "hold_key", "disconnect")
    STOP_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    RESTORE_FIELD_NUMBER: _ClassVar[int]
    HOLD_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    END_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    FAIL_INSERTS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    HOLD_KEY_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    stop: Nothing
    start: Nothing
    snapshot: Nothing
    restore: Nothing
    hold_transaction: Nothing
    end_transaction: Nothing
    fail_inserts: FailInserts
    change: ChangeRows
    delete: ChangeRows
    hold_key: str
    disconnect: Nothing
    def __init__(self, stop: _Optional[_Union[Nothing, _Mapping]] = ..., start: _Optional[_Union[Nothing, _Mapping]] = ..., snapshot: _Optional[_Union[Nothing, _Mapping]] = ..., restore: _Optional[_Union[Nothing, _Mapping]] = ..., hold_transaction: _Optional[_Union[Nothing, _Mapping]] = ..., end_transaction: _Optional[_Union[Nothing, _Mapping]] = ..., fail_inserts: _Optional[_Union[FailInserts, _Mapping]] = ..., change: _Optional[_Union[ChangeRows, _Mapping]] = ..., delete: _Optional[_Union[ChangeRows, _Mapping]] = ..., hold_key: _Optional[str] = ..., disconnect: _Optional[_Union[Nothing, _Mapping]] = ...) -> None: ...

class FailInserts(_message.Message):
    __slots__ = ("table", "sqlstate", "times")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SQLSTATE_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    table: str
    sqlstate: str
    times: int
    def __init__(self, table: _Optional[str] = ..., sqlstate: _Optional[str] = ..., times: _Optional[int] = ...) -> None: ...

class ChangeRows(_message.Message):
    __slots__ = ("table", "where", "set")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    WHERE_FIELD_NUMBER: _ClassVar[int]
    SET_FIELD_NUMBER: _ClassVar[int]
    table: str
    where: _struct_pb2.Struct
    set: _struct_pb2.Struct
    def __init__(self, table: _Optional[str] = ..., where: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., set: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class VectorCheck(_message.Message):
    __slots__ = ("file", "ids", "mode", "dir", "ns", "kind")
    FILE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    DIR_FIELD_NUMBER: _ClassVar[int]
    NS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    file: str
    ids: str
    mode: str
    dir: str
    ns: str
    kind: str
    def __init__(self, file: _Optional[str] = ..., ids: _Optional[str] = ..., mode: _Optional[str] = ..., dir: _Optional[str] = ..., ns: _Optional[str] = ..., kind: _Optional[str] = ...) -> None: ...

class FuzzCheck(_message.Message):
    __slots__ = ("count", "keys", "envelopes")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    ENVELOPES_FIELD_NUMBER: _ClassVar[int]
    count: int
    keys: Nothing
    envelopes: str
    def __init__(self, count: _Optional[int] = ..., keys: _Optional[_Union[Nothing, _Mapping]] = ..., envelopes: _Optional[str] = ...) -> None: ...
