from concord.conformance.v1 import check_pb2 as _check_pb2
from concord.conformance.v1 import codec_pb2 as _codec_pb2
from concord.conformance.v1 import database_pb2 as _database_pb2
from concord.conformance.v1 import delivery_pb2 as _delivery_pb2
from concord.conformance.v1 import expectation_pb2 as _expectation_pb2
from concord.conformance.v1 import notation_pb2 as _notation_pb2
from concord.conformance.v1 import rpc_pb2 as _rpc_pb2
from concord.conformance.v1 import server_act_pb2 as _server_act_pb2
from concord.conformance.v1 import settings_pb2 as _settings_pb2
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
    configure: _settings_pb2.ConfigureRequest
    encode: _codec_pb2.EncodeRequest
    decode: _codec_pb2.DecodeRequest
    subject_of: _codec_pb2.SubjectOfRequest
    partition_of: _codec_pb2.PartitionOfRequest
    validate: _codec_pb2.ValidateRequest
    schema_of: _codec_pb2.SchemaOfRequest
    delay_of: _codec_pb2.DelayOfRequest
    provision: _delivery_pb2.ProvisionRequest
    publish: _notation_pb2.Publish
    subscribe: _notation_pb2.Subscribe
    drain: _delivery_pb2.DrainRequest
    outbox_begin: _database_pb2.OutboxBeginRequest
    outbox_publish: _notation_pb2.OutboxPublish
    outbox_commit: _database_pb2.OutboxCommitRequest
    outbox_rollback: _database_pb2.OutboxRollbackRequest
    relay_run: _database_pb2.RelayRunRequest
    relay_stop: _database_pb2.RelayStopRequest
    outbox_release: _database_pb2.OutboxReleaseRequest
    inbox_handle: _notation_pb2.InboxHandle
    crash_at: _database_pb2.CrashAtRequest
    release: _database_pb2.ReleaseRequest
    redrive: _delivery_pb2.RedriveRequest
    dump: _database_pb2.DumpRequest
    quit: _testee_pb2.QuitRequest
    outbox: _notation_pb2.OutboxPublish
    line: Line
    rpc_serve: _rpc_pb2.RpcServeRequest
    rpc_call: _rpc_pb2.RpcCallRequest
    wait_ms: int
    settle: Settle
    repeat: Repeat
    raw: _notation_pb2.RawPublish
    start: Start
    signal: str
    broker: _server_act_pb2.BrokerAct
    network: _server_act_pb2.NetworkAct
    stream: _server_act_pb2.StreamAct
    consumer: _server_act_pb2.ConsumerAct
    database: _server_act_pb2.DatabaseAct
    vectors: _check_pb2.VectorCheck
    fuzz: _check_pb2.FuzzCheck
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
    def __init__(self, on: _Optional[str] = ..., later: _Optional[bool] = ..., reply: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., error: _Optional[str] = ..., within_ms: _Optional[int] = ..., now: _Optional[bool] = ..., why: _Optional[str] = ..., configure: _Optional[_Union[_settings_pb2.ConfigureRequest, _Mapping]] = ..., encode: _Optional[_Union[_codec_pb2.EncodeRequest, _Mapping]] = ..., decode: _Optional[_Union[_codec_pb2.DecodeRequest, _Mapping]] = ..., subject_of: _Optional[_Union[_codec_pb2.SubjectOfRequest, _Mapping]] = ..., partition_of: _Optional[_Union[_codec_pb2.PartitionOfRequest, _Mapping]] = ..., validate: _Optional[_Union[_codec_pb2.ValidateRequest, _Mapping]] = ..., schema_of: _Optional[_Union[_codec_pb2.SchemaOfRequest, _Mapping]] = ..., delay_of: _Optional[_Union[_codec_pb2.DelayOfRequest, _Mapping]] = ..., provision: _Optional[_Union[_delivery_pb2.ProvisionRequest, _Mapping]] = ..., publish: _Optional[_Union[_notation_pb2.Publish, _Mapping]] = ..., subscribe: _Optional[_Union[_notation_pb2.Subscribe, _Mapping]] = ..., drain: _Optional[_Union[_delivery_pb2.DrainRequest, _Mapping]] = ..., outbox_begin: _Optional[_Union[_database_pb2.OutboxBeginRequest, _Mapping]] = ..., outbox_publish: _Optional[_Union[_notation_pb2.OutboxPublish, _Mapping]] = ..., outbox_commit: _Optional[_Union[_database_pb2.OutboxCommitRequest, _Mapping]] = ..., outbox_rollback: _Optional[_Union[_database_pb2.OutboxRollbackRequest, _Mapping]] = ..., relay_run: _Optional[_Union[_database_pb2.RelayRunRequest, _Mapping]] = ..., relay_stop: _Optional[_Union[_database_pb2.RelayStopRequest, _Mapping]] = ..., outbox_release: _Optional[_Union[_database_pb2.OutboxReleaseRequest, _Mapping]] = ..., inbox_handle: _Optional[_Union[_notation_pb2.InboxHandle, _Mapping]] = ..., crash_at: _Optional[_Union[_database_pb2.CrashAtRequest, _Mapping]] = ..., release: _Optional[_Union[_database_pb2.ReleaseRequest, _Mapping]] = ..., redrive: _Optional[_Union[_delivery_pb2.RedriveRequest, _Mapping]] = ..., dump: _Optional[_Union[_database_pb2.DumpRequest, _Mapping]] = ..., quit: _Optional[_Union[_testee_pb2.QuitRequest, _Mapping]] = ..., outbox: _Optional[_Union[_notation_pb2.OutboxPublish, _Mapping]] = ..., line: _Optional[_Union[Line, _Mapping]] = ..., rpc_serve: _Optional[_Union[_rpc_pb2.RpcServeRequest, _Mapping]] = ..., rpc_call: _Optional[_Union[_rpc_pb2.RpcCallRequest, _Mapping]] = ..., wait_ms: _Optional[int] = ..., settle: _Optional[_Union[Settle, _Mapping]] = ..., repeat: _Optional[_Union[Repeat, _Mapping]] = ..., raw: _Optional[_Union[_notation_pb2.RawPublish, _Mapping]] = ..., start: _Optional[_Union[Start, _Mapping]] = ..., signal: _Optional[str] = ..., broker: _Optional[_Union[_server_act_pb2.BrokerAct, _Mapping]] = ..., network: _Optional[_Union[_server_act_pb2.NetworkAct, _Mapping]] = ..., stream: _Optional[_Union[_server_act_pb2.StreamAct, _Mapping]] = ..., consumer: _Optional[_Union[_server_act_pb2.ConsumerAct, _Mapping]] = ..., database: _Optional[_Union[_server_act_pb2.DatabaseAct, _Mapping]] = ..., vectors: _Optional[_Union[_check_pb2.VectorCheck, _Mapping]] = ..., fuzz: _Optional[_Union[_check_pb2.FuzzCheck, _Mapping]] = ..., rpc: _Optional[_Union[_rpc_pb2.RpcExchange, _Mapping]] = ..., http: _Optional[_Union[_rpc_pb2.HttpRequest, _Mapping]] = ..., peer: _Optional[_Union[_rpc_pb2.PeerServer, _Mapping]] = ..., nats_request: _Optional[_Union[_rpc_pb2.NatsRequest, _Mapping]] = ..., runs: _Optional[_Union[_expectation_pb2.RunsExpectation, _Mapping]] = ..., messages: _Optional[_Union[_expectation_pb2.MessagesExpectation, _Mapping]] = ..., stream_config: _Optional[_Union[_expectation_pb2.StreamExpectation, _Mapping]] = ..., consumers: _Optional[_Union[_expectation_pb2.ConsumersExpectation, _Mapping]] = ..., rows: _Optional[_Union[_expectation_pb2.RowsExpectation, _Mapping]] = ..., effects: _Optional[_Union[_expectation_pb2.EffectsExpectation, _Mapping]] = ..., history: _Optional[_Union[_expectation_pb2.HistoryExpectation, _Mapping]] = ..., reports: _Optional[_Union[_expectation_pb2.ReportsExpectation, _Mapping]] = ..., process: _Optional[_Union[_expectation_pb2.ProcessExpectation, _Mapping]] = ..., value: _Optional[_Union[_expectation_pb2.ValueExpectation, _Mapping]] = ..., ids: _Optional[_Union[_expectation_pb2.IdsExpectation, _Mapping]] = ..., pending: _Optional[str] = ..., dumped: _Optional[_Union[_expectation_pb2.DumpExpectation, _Mapping]] = ..., any_of: _Optional[_Union[_expectation_pb2.AnyOf, _Mapping]] = ..., served: _Optional[_Union[_rpc_pb2.ServedExpectation, _Mapping]] = ..., **kwargs) -> None: ...

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

class Start(_message.Message):
    __slots__ = ("configure",)
    CONFIGURE_FIELD_NUMBER: _ClassVar[int]
    configure: _settings_pb2.ConfigureRequest
    def __init__(self, configure: _Optional[_Union[_settings_pb2.ConfigureRequest, _Mapping]] = ...) -> None: ...
