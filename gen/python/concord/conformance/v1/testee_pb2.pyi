from concord.conformance.v1 import codec_pb2 as _codec_pb2
from concord.conformance.v1 import database_pb2 as _database_pb2
from concord.conformance.v1 import delivery_pb2 as _delivery_pb2
from concord.conformance.v1 import rpc_pb2 as _rpc_pb2
from concord.conformance.v1 import settings_pb2 as _settings_pb2
from concord.conformance.v1 import testee_report_pb2 as _testee_report_pb2
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
    configure: _settings_pb2.ConfigureRequest
    encode: _codec_pb2.EncodeRequest
    decode: _codec_pb2.DecodeRequest
    subject_of: _codec_pb2.SubjectOfRequest
    partition_of: _codec_pb2.PartitionOfRequest
    validate: _codec_pb2.ValidateRequest
    schema_of: _codec_pb2.SchemaOfRequest
    delay_of: _codec_pb2.DelayOfRequest
    provision: _delivery_pb2.ProvisionRequest
    publish: _delivery_pb2.PublishRequest
    subscribe: _delivery_pb2.SubscribeRequest
    drain: _delivery_pb2.DrainRequest
    outbox_begin: _database_pb2.OutboxBeginRequest
    outbox_publish: _database_pb2.OutboxPublishRequest
    outbox_commit: _database_pb2.OutboxCommitRequest
    outbox_rollback: _database_pb2.OutboxRollbackRequest
    relay_run: _database_pb2.RelayRunRequest
    relay_stop: _database_pb2.RelayStopRequest
    outbox_release: _database_pb2.OutboxReleaseRequest
    inbox_handle: _database_pb2.InboxHandleRequest
    crash_at: _database_pb2.CrashAtRequest
    release: _database_pb2.ReleaseRequest
    redrive: _delivery_pb2.RedriveRequest
    dump: _database_pb2.DumpRequest
    quit: QuitRequest
    rpc_serve: _rpc_pb2.RpcServeRequest
    rpc_call: _rpc_pb2.RpcCallRequest
    def __init__(self, n: _Optional[int] = ..., deadline_ms: _Optional[int] = ..., hello: _Optional[_Union[HelloRequest, _Mapping]] = ..., configure: _Optional[_Union[_settings_pb2.ConfigureRequest, _Mapping]] = ..., encode: _Optional[_Union[_codec_pb2.EncodeRequest, _Mapping]] = ..., decode: _Optional[_Union[_codec_pb2.DecodeRequest, _Mapping]] = ..., subject_of: _Optional[_Union[_codec_pb2.SubjectOfRequest, _Mapping]] = ..., partition_of: _Optional[_Union[_codec_pb2.PartitionOfRequest, _Mapping]] = ..., validate: _Optional[_Union[_codec_pb2.ValidateRequest, _Mapping]] = ..., schema_of: _Optional[_Union[_codec_pb2.SchemaOfRequest, _Mapping]] = ..., delay_of: _Optional[_Union[_codec_pb2.DelayOfRequest, _Mapping]] = ..., provision: _Optional[_Union[_delivery_pb2.ProvisionRequest, _Mapping]] = ..., publish: _Optional[_Union[_delivery_pb2.PublishRequest, _Mapping]] = ..., subscribe: _Optional[_Union[_delivery_pb2.SubscribeRequest, _Mapping]] = ..., drain: _Optional[_Union[_delivery_pb2.DrainRequest, _Mapping]] = ..., outbox_begin: _Optional[_Union[_database_pb2.OutboxBeginRequest, _Mapping]] = ..., outbox_publish: _Optional[_Union[_database_pb2.OutboxPublishRequest, _Mapping]] = ..., outbox_commit: _Optional[_Union[_database_pb2.OutboxCommitRequest, _Mapping]] = ..., outbox_rollback: _Optional[_Union[_database_pb2.OutboxRollbackRequest, _Mapping]] = ..., relay_run: _Optional[_Union[_database_pb2.RelayRunRequest, _Mapping]] = ..., relay_stop: _Optional[_Union[_database_pb2.RelayStopRequest, _Mapping]] = ..., outbox_release: _Optional[_Union[_database_pb2.OutboxReleaseRequest, _Mapping]] = ..., inbox_handle: _Optional[_Union[_database_pb2.InboxHandleRequest, _Mapping]] = ..., crash_at: _Optional[_Union[_database_pb2.CrashAtRequest, _Mapping]] = ..., release: _Optional[_Union[_database_pb2.ReleaseRequest, _Mapping]] = ..., redrive: _Optional[_Union[_delivery_pb2.RedriveRequest, _Mapping]] = ..., dump: _Optional[_Union[_database_pb2.DumpRequest, _Mapping]] = ..., quit: _Optional[_Union[QuitRequest, _Mapping]] = ..., rpc_serve: _Optional[_Union[_rpc_pb2.RpcServeRequest, _Mapping]] = ..., rpc_call: _Optional[_Union[_rpc_pb2.RpcCallRequest, _Mapping]] = ...) -> None: ...

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
    report: _testee_report_pb2.TesteeReport
    hello: HelloReply
    configure: _settings_pb2.ConfigureReply
    encode: _codec_pb2.EncodeReply
    decode: _codec_pb2.DecodeReply
    subject_of: _codec_pb2.SubjectOfReply
    partition_of: _codec_pb2.PartitionOfReply
    validate: _codec_pb2.ValidateReply
    schema_of: _codec_pb2.SchemaOfReply
    delay_of: _codec_pb2.DelayOfReply
    provision: _delivery_pb2.ProvisionReply
    publish: _delivery_pb2.PublishReply
    subscribe: _delivery_pb2.SubscribeReply
    drain: _delivery_pb2.DrainReply
    outbox_begin: _database_pb2.OutboxBeginReply
    outbox_publish: _database_pb2.OutboxPublishReply
    outbox_commit: _database_pb2.OutboxCommitReply
    outbox_rollback: _database_pb2.OutboxRollbackReply
    relay_run: _database_pb2.RelayRunReply
    relay_stop: _database_pb2.RelayStopReply
    outbox_release: _database_pb2.OutboxReleaseReply
    inbox_handle: _database_pb2.InboxHandleReply
    crash_at: _database_pb2.CrashAtReply
    release: _database_pb2.ReleaseReply
    redrive: _delivery_pb2.RedriveReply
    dump: _database_pb2.DumpReply
    quit: QuitReply
    rpc_serve: _rpc_pb2.RpcServeReply
    rpc_call: _rpc_pb2.RpcCallReply
    def __init__(self, n: _Optional[int] = ..., error: _Optional[_Union[Error, _Mapping]] = ..., report: _Optional[_Union[_testee_report_pb2.TesteeReport, _Mapping]] = ..., hello: _Optional[_Union[HelloReply, _Mapping]] = ..., configure: _Optional[_Union[_settings_pb2.ConfigureReply, _Mapping]] = ..., encode: _Optional[_Union[_codec_pb2.EncodeReply, _Mapping]] = ..., decode: _Optional[_Union[_codec_pb2.DecodeReply, _Mapping]] = ..., subject_of: _Optional[_Union[_codec_pb2.SubjectOfReply, _Mapping]] = ..., partition_of: _Optional[_Union[_codec_pb2.PartitionOfReply, _Mapping]] = ..., validate: _Optional[_Union[_codec_pb2.ValidateReply, _Mapping]] = ..., schema_of: _Optional[_Union[_codec_pb2.SchemaOfReply, _Mapping]] = ..., delay_of: _Optional[_Union[_codec_pb2.DelayOfReply, _Mapping]] = ..., provision: _Optional[_Union[_delivery_pb2.ProvisionReply, _Mapping]] = ..., publish: _Optional[_Union[_delivery_pb2.PublishReply, _Mapping]] = ..., subscribe: _Optional[_Union[_delivery_pb2.SubscribeReply, _Mapping]] = ..., drain: _Optional[_Union[_delivery_pb2.DrainReply, _Mapping]] = ..., outbox_begin: _Optional[_Union[_database_pb2.OutboxBeginReply, _Mapping]] = ..., outbox_publish: _Optional[_Union[_database_pb2.OutboxPublishReply, _Mapping]] = ..., outbox_commit: _Optional[_Union[_database_pb2.OutboxCommitReply, _Mapping]] = ..., outbox_rollback: _Optional[_Union[_database_pb2.OutboxRollbackReply, _Mapping]] = ..., relay_run: _Optional[_Union[_database_pb2.RelayRunReply, _Mapping]] = ..., relay_stop: _Optional[_Union[_database_pb2.RelayStopReply, _Mapping]] = ..., outbox_release: _Optional[_Union[_database_pb2.OutboxReleaseReply, _Mapping]] = ..., inbox_handle: _Optional[_Union[_database_pb2.InboxHandleReply, _Mapping]] = ..., crash_at: _Optional[_Union[_database_pb2.CrashAtReply, _Mapping]] = ..., release: _Optional[_Union[_database_pb2.ReleaseReply, _Mapping]] = ..., redrive: _Optional[_Union[_delivery_pb2.RedriveReply, _Mapping]] = ..., dump: _Optional[_Union[_database_pb2.DumpReply, _Mapping]] = ..., quit: _Optional[_Union[QuitReply, _Mapping]] = ..., rpc_serve: _Optional[_Union[_rpc_pb2.RpcServeReply, _Mapping]] = ..., rpc_call: _Optional[_Union[_rpc_pb2.RpcCallReply, _Mapping]] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

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

class QuitRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class QuitReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
