from concord.conformance.v1 import message_pb2 as _message_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

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
    events: _containers.RepeatedCompositeFieldContainer[_message_pb2.Event]
    timeout_ms: int
    in_span: str
    def __init__(self, events: _Optional[_Iterable[_Union[_message_pb2.Event, _Mapping]]] = ..., timeout_ms: _Optional[int] = ..., in_span: _Optional[str] = ...) -> None: ...

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
    events: _containers.RepeatedCompositeFieldContainer[_message_pb2.Event]
    error_size: int
    def __init__(self, match: _Optional[_Union[Match, _Mapping]] = ..., do: _Optional[str] = ..., ms: _Optional[int] = ..., events: _Optional[_Iterable[_Union[_message_pb2.Event, _Mapping]]] = ..., error_size: _Optional[int] = ...) -> None: ...

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
