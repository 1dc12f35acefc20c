from concord.conformance.v1 import message_pb2 as _message_pb2
from concord.conformance.v1 import settings_pb2 as _settings_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EncodeRequest(_message.Message):
    __slots__ = ("mode", "envelope")
    MODE_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    mode: str
    envelope: _message_pb2.PlainEnvelope
    def __init__(self, mode: _Optional[str] = ..., envelope: _Optional[_Union[_message_pb2.PlainEnvelope, _Mapping]] = ...) -> None: ...

class EncodeReply(_message.Message):
    __slots__ = ("body", "headers")
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    body: _struct_pb2.Value
    headers: _containers.RepeatedCompositeFieldContainer[_message_pb2.Header]
    def __init__(self, body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., headers: _Optional[_Iterable[_Union[_message_pb2.Header, _Mapping]]] = ...) -> None: ...

class DecodeRequest(_message.Message):
    __slots__ = ("body", "headers")
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    body: _struct_pb2.Value
    headers: _containers.RepeatedCompositeFieldContainer[_message_pb2.Header]
    def __init__(self, body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., headers: _Optional[_Iterable[_Union[_message_pb2.Header, _Mapping]]] = ...) -> None: ...

class DecodeReply(_message.Message):
    __slots__ = ("envelope",)
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    envelope: _message_pb2.PlainEnvelope
    def __init__(self, envelope: _Optional[_Union[_message_pb2.PlainEnvelope, _Mapping]] = ...) -> None: ...

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
    envelope: _message_pb2.PlainEnvelope
    ns: str
    partitions: int
    def __init__(self, kind: _Optional[str] = ..., stream: _Optional[str] = ..., service: _Optional[str] = ..., envelope: _Optional[_Union[_message_pb2.PlainEnvelope, _Mapping]] = ..., ns: _Optional[str] = ..., partitions: _Optional[int] = ...) -> None: ...

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
    policy: _settings_pb2.RetryConfig
    attempt: int
    random: float
    def __init__(self, policy: _Optional[_Union[_settings_pb2.RetryConfig, _Mapping]] = ..., attempt: _Optional[int] = ..., random: _Optional[float] = ...) -> None: ...

class DelayOfReply(_message.Message):
    __slots__ = ("ms",)
    MS_FIELD_NUMBER: _ClassVar[int]
    ms: int
    def __init__(self, ms: _Optional[int] = ...) -> None: ...
