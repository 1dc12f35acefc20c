from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_UNSPECIFIED: _ClassVar[EventKind]
    EVENT_KIND_EVENT: _ClassVar[EventKind]
    EVENT_KIND_COMMAND: _ClassVar[EventKind]
EVENT_KIND_UNSPECIFIED: EventKind
EVENT_KIND_EVENT: EventKind
EVENT_KIND_COMMAND: EventKind
EVENT_FIELD_NUMBER: _ClassVar[int]
event: _descriptor.FieldDescriptor
STREAM_FIELD_NUMBER: _ClassVar[int]
stream: _descriptor.FieldDescriptor
SERVICE_FIELD_NUMBER: _ClassVar[int]
service: _descriptor.FieldDescriptor
SENSITIVE_FIELD_NUMBER: _ClassVar[int]
sensitive: _descriptor.FieldDescriptor

class EventOptions(_message.Message):
    __slots__ = ("kind", "owner", "key", "idempotency", "subject", "retry", "dead_letter", "deprecation")
    KIND_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTER_FIELD_NUMBER: _ClassVar[int]
    DEPRECATION_FIELD_NUMBER: _ClassVar[int]
    kind: EventKind
    owner: str
    key: str
    idempotency: _containers.RepeatedScalarFieldContainer[str]
    subject: str
    retry: RetryPolicy
    dead_letter: DeadLetterPolicy
    deprecation: Deprecation
    def __init__(self, kind: _Optional[_Union[EventKind, str]] = ..., owner: _Optional[str] = ..., key: _Optional[str] = ..., idempotency: _Optional[_Iterable[str]] = ..., subject: _Optional[str] = ..., retry: _Optional[_Union[RetryPolicy, _Mapping]] = ..., dead_letter: _Optional[_Union[DeadLetterPolicy, _Mapping]] = ..., deprecation: _Optional[_Union[Deprecation, _Mapping]] = ...) -> None: ...

class RetryPolicy(_message.Message):
    __slots__ = ("initial_ms", "max_ms", "max_attempts", "handler_timeout_ms")
    INITIAL_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    HANDLER_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    initial_ms: int
    max_ms: int
    max_attempts: int
    handler_timeout_ms: int
    def __init__(self, initial_ms: _Optional[int] = ..., max_ms: _Optional[int] = ..., max_attempts: _Optional[int] = ..., handler_timeout_ms: _Optional[int] = ...) -> None: ...

class DeadLetterPolicy(_message.Message):
    __slots__ = ("retention_days",)
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    retention_days: int
    def __init__(self, retention_days: _Optional[int] = ...) -> None: ...

class Deprecation(_message.Message):
    __slots__ = ("since", "replaced_by", "note")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    since: str
    replaced_by: str
    note: str
    def __init__(self, since: _Optional[str] = ..., replaced_by: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class StreamOptions(_message.Message):
    __slots__ = ("name", "retention_days", "replicas", "max_bytes", "max_messages", "dedupe_window_seconds", "partitions")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    DEDUPE_WINDOW_SECONDS_FIELD_NUMBER: _ClassVar[int]
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    retention_days: int
    replicas: int
    max_bytes: int
    max_messages: int
    dedupe_window_seconds: int
    partitions: int
    def __init__(self, name: _Optional[str] = ..., retention_days: _Optional[int] = ..., replicas: _Optional[int] = ..., max_bytes: _Optional[int] = ..., max_messages: _Optional[int] = ..., dedupe_window_seconds: _Optional[int] = ..., partitions: _Optional[int] = ...) -> None: ...

class ServiceOptions(_message.Message):
    __slots__ = ("name", "source", "consumes", "sends", "calls")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CONSUMES_FIELD_NUMBER: _ClassVar[int]
    SENDS_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    name: str
    source: str
    consumes: _containers.RepeatedCompositeFieldContainer[Consumes]
    sends: _containers.RepeatedScalarFieldContainer[str]
    calls: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., source: _Optional[str] = ..., consumes: _Optional[_Iterable[_Union[Consumes, _Mapping]]] = ..., sends: _Optional[_Iterable[str]] = ..., calls: _Optional[_Iterable[str]] = ...) -> None: ...

class Consumes(_message.Message):
    __slots__ = ("event", "fields")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    event: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, event: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...
