import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SchemaColour(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEMA_COLOUR_UNSPECIFIED: _ClassVar[SchemaColour]
    SCHEMA_COLOUR_RED: _ClassVar[SchemaColour]
    SCHEMA_COLOUR_INFRARED: _ClassVar[SchemaColour]
SCHEMA_COLOUR_UNSPECIFIED: SchemaColour
SCHEMA_COLOUR_RED: SchemaColour
SCHEMA_COLOUR_INFRARED: SchemaColour

class SchemaScalars(_message.Message):
    __slots__ = ("s", "b", "d", "f", "i32", "i64", "u32", "u64", "s32", "s64", "f32", "f64", "sf32", "sf64", "flag")
    S_FIELD_NUMBER: _ClassVar[int]
    B_FIELD_NUMBER: _ClassVar[int]
    D_FIELD_NUMBER: _ClassVar[int]
    F_FIELD_NUMBER: _ClassVar[int]
    I32_FIELD_NUMBER: _ClassVar[int]
    I64_FIELD_NUMBER: _ClassVar[int]
    U32_FIELD_NUMBER: _ClassVar[int]
    U64_FIELD_NUMBER: _ClassVar[int]
    S32_FIELD_NUMBER: _ClassVar[int]
    S64_FIELD_NUMBER: _ClassVar[int]
    F32_FIELD_NUMBER: _ClassVar[int]
    F64_FIELD_NUMBER: _ClassVar[int]
    SF32_FIELD_NUMBER: _ClassVar[int]
    SF64_FIELD_NUMBER: _ClassVar[int]
    FLAG_FIELD_NUMBER: _ClassVar[int]
    s: str
    b: bytes
    d: float
    f: float
    i32: int
    i64: int
    u32: int
    u64: int
    s32: int
    s64: int
    f32: int
    f64: int
    sf32: int
    sf64: int
    flag: bool
    def __init__(self, s: _Optional[str] = ..., b: _Optional[bytes] = ..., d: _Optional[float] = ..., f: _Optional[float] = ..., i32: _Optional[int] = ..., i64: _Optional[int] = ..., u32: _Optional[int] = ..., u64: _Optional[int] = ..., s32: _Optional[int] = ..., s64: _Optional[int] = ..., f32: _Optional[int] = ..., f64: _Optional[int] = ..., sf32: _Optional[int] = ..., sf64: _Optional[int] = ..., flag: _Optional[bool] = ...) -> None: ...

class SchemaLabels(_message.Message):
    __slots__ = ("one", "maybe", "many", "counts", "leaves", "text", "leaf")
    class CountsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class LeavesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: SchemaLeaf
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[SchemaLeaf, _Mapping]] = ...) -> None: ...
    ONE_FIELD_NUMBER: _ClassVar[int]
    MAYBE_FIELD_NUMBER: _ClassVar[int]
    MANY_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    LEAVES_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LEAF_FIELD_NUMBER: _ClassVar[int]
    one: str
    maybe: str
    many: _containers.RepeatedScalarFieldContainer[str]
    counts: _containers.ScalarMap[str, int]
    leaves: _containers.MessageMap[int, SchemaLeaf]
    text: str
    leaf: SchemaLeaf
    def __init__(self, one: _Optional[str] = ..., maybe: _Optional[str] = ..., many: _Optional[_Iterable[str]] = ..., counts: _Optional[_Mapping[str, int]] = ..., leaves: _Optional[_Mapping[int, SchemaLeaf]] = ..., text: _Optional[str] = ..., leaf: _Optional[_Union[SchemaLeaf, _Mapping]] = ...) -> None: ...

class SchemaLeaf(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: str
    def __init__(self, value: _Optional[str] = ...) -> None: ...

class SchemaTree(_message.Message):
    __slots__ = ("leaf", "children")
    LEAF_FIELD_NUMBER: _ClassVar[int]
    CHILDREN_FIELD_NUMBER: _ClassVar[int]
    leaf: SchemaLeaf
    children: _containers.RepeatedCompositeFieldContainer[SchemaTree]
    def __init__(self, leaf: _Optional[_Union[SchemaLeaf, _Mapping]] = ..., children: _Optional[_Iterable[_Union[SchemaTree, _Mapping]]] = ...) -> None: ...

class SchemaEnums(_message.Message):
    __slots__ = ("size", "colour")
    class Size(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SIZE_UNSPECIFIED: _ClassVar[SchemaEnums.Size]
        SIZE_SMALL: _ClassVar[SchemaEnums.Size]
    SIZE_UNSPECIFIED: SchemaEnums.Size
    SIZE_SMALL: SchemaEnums.Size
    SIZE_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    size: SchemaEnums.Size
    colour: SchemaColour
    def __init__(self, size: _Optional[_Union[SchemaEnums.Size, str]] = ..., colour: _Optional[_Union[SchemaColour, str]] = ...) -> None: ...

class SchemaTimes(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SchemaEmpty(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
