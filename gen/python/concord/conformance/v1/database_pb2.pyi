from concord.conformance.v1 import delivery_pb2 as _delivery_pb2
from concord.conformance.v1 import message_pb2 as _message_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

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
    events: _containers.RepeatedCompositeFieldContainer[_message_pb2.Event]
    def __init__(self, tx: _Optional[str] = ..., events: _Optional[_Iterable[_Union[_message_pb2.Event, _Mapping]]] = ...) -> None: ...

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

class OutboxReleaseRequest(_message.Message):
    __slots__ = ("row",)
    ROW_FIELD_NUMBER: _ClassVar[int]
    row: str
    def __init__(self, row: _Optional[str] = ...) -> None: ...

class OutboxReleaseReply(_message.Message):
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

class InboxHandleRequest(_message.Message):
    __slots__ = ("body", "headers", "script", "subject", "seq")
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    body: _struct_pb2.Value
    headers: _containers.RepeatedCompositeFieldContainer[_message_pb2.Header]
    script: _containers.RepeatedCompositeFieldContainer[_delivery_pb2.Rule]
    subject: str
    seq: int
    def __init__(self, body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., headers: _Optional[_Iterable[_Union[_message_pb2.Header, _Mapping]]] = ..., script: _Optional[_Iterable[_Union[_delivery_pb2.Rule, _Mapping]]] = ..., subject: _Optional[str] = ..., seq: _Optional[int] = ...) -> None: ...

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
