from buf.validate import validate_pb2 as _validate_pb2
from concord.event.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CountedEvent(_message.Message):
    __slots__ = ("key", "n", "padding")
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    PADDING_FIELD_NUMBER: _ClassVar[int]
    key: str
    n: int
    padding: bytes
    def __init__(self, key: _Optional[str] = ..., n: _Optional[int] = ..., padding: _Optional[bytes] = ...) -> None: ...

class NotedEvent(_message.Message):
    __slots__ = ("key", "n", "note")
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    key: str
    n: int
    note: str
    def __init__(self, key: _Optional[str] = ..., n: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class OperatedEvent(_message.Message):
    __slots__ = ("key", "n", "operation")
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    key: str
    n: int
    operation: str
    def __init__(self, key: _Optional[str] = ..., n: _Optional[int] = ..., operation: _Optional[str] = ...) -> None: ...

class CheckedEvent(_message.Message):
    __slots__ = ("key", "n", "name", "amount", "parts")
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    key: str
    n: int
    name: str
    amount: int
    parts: _containers.RepeatedCompositeFieldContainer[CheckedPart]
    def __init__(self, key: _Optional[str] = ..., n: _Optional[int] = ..., name: _Optional[str] = ..., amount: _Optional[int] = ..., parts: _Optional[_Iterable[_Union[CheckedPart, _Mapping]]] = ...) -> None: ...

class CheckedPart(_message.Message):
    __slots__ = ("size",)
    SIZE_FIELD_NUMBER: _ClassVar[int]
    size: int
    def __init__(self, size: _Optional[int] = ...) -> None: ...

class CountCommand(_message.Message):
    __slots__ = ("key", "n")
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    key: str
    n: int
    def __init__(self, key: _Optional[str] = ..., n: _Optional[int] = ...) -> None: ...
