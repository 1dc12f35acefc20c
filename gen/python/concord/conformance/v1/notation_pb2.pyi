from concord.conformance.v1 import message_pb2 as _message_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Events(_message.Message):
    __slots__ = ("keys", "mixed", "event", "data", "padding")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    MIXED_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    PADDING_FIELD_NUMBER: _ClassVar[int]
    keys: str
    mixed: bool
    event: _message_pb2.Event
    data: _struct_pb2.Struct
    padding: str
    def __init__(self, keys: _Optional[str] = ..., mixed: _Optional[bool] = ..., event: _Optional[_Union[_message_pb2.Event, _Mapping]] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., padding: _Optional[str] = ...) -> None: ...

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
    envelope: _message_pb2.PlainEnvelope
    data: _struct_pb2.Struct
    mode: str
    vector: str
    body: _struct_pb2.Value
    append: str
    headers: _containers.RepeatedCompositeFieldContainer[_message_pb2.Header]
    more_headers: _containers.RepeatedCompositeFieldContainer[_message_pb2.Header]
    many_headers: int
    subject: str
    padding: str
    def __init__(self, keys: _Optional[str] = ..., mixed: _Optional[bool] = ..., envelope: _Optional[_Union[_message_pb2.PlainEnvelope, _Mapping]] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., mode: _Optional[str] = ..., vector: _Optional[str] = ..., body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., append: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_message_pb2.Header, _Mapping]]] = ..., more_headers: _Optional[_Iterable[_Union[_message_pb2.Header, _Mapping]]] = ..., many_headers: _Optional[int] = ..., subject: _Optional[str] = ..., padding: _Optional[str] = ...) -> None: ...
