from concord.conformance.v1 import message_pb2 as _message_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VectorFile(_message.Message):
    __slots__ = ("about", "vectors", "mutations")
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    MUTATIONS_FIELD_NUMBER: _ClassVar[int]
    about: str
    vectors: _containers.RepeatedCompositeFieldContainer[Vector]
    mutations: _containers.RepeatedCompositeFieldContainer[Mutation]
    def __init__(self, about: _Optional[str] = ..., vectors: _Optional[_Iterable[_Union[Vector, _Mapping]]] = ..., mutations: _Optional[_Iterable[_Union[Mutation, _Mapping]]] = ...) -> None: ...

class Vector(_message.Message):
    __slots__ = ("id", "why", "mode", "hex", "headers", "json", "error", "dir", "request", "reply")
    ID_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    HEX_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    DIR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    id: str
    why: str
    mode: str
    hex: _struct_pb2.Value
    headers: _containers.RepeatedCompositeFieldContainer[_message_pb2.Header]
    json: _message_pb2.PlainEnvelope
    error: str
    dir: str
    request: _struct_pb2.Struct
    reply: _struct_pb2.Struct
    def __init__(self, id: _Optional[str] = ..., why: _Optional[str] = ..., mode: _Optional[str] = ..., hex: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., headers: _Optional[_Iterable[_Union[_message_pb2.Header, _Mapping]]] = ..., json: _Optional[_Union[_message_pb2.PlainEnvelope, _Mapping]] = ..., error: _Optional[str] = ..., dir: _Optional[str] = ..., request: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., reply: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class Mutation(_message.Message):
    __slots__ = ("id", "why", "vector", "cut", "flip", "verdicts", "digest")
    ID_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    FLIP_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    id: str
    why: str
    vector: str
    cut: CutEverywhere
    flip: FlipBits
    verdicts: str
    digest: str
    def __init__(self, id: _Optional[str] = ..., why: _Optional[str] = ..., vector: _Optional[str] = ..., cut: _Optional[_Union[CutEverywhere, _Mapping]] = ..., flip: _Optional[_Union[FlipBits, _Mapping]] = ..., verdicts: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class CutEverywhere(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FlipBits(_message.Message):
    __slots__ = ("seed", "count")
    SEED_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    seed: int
    count: int
    def __init__(self, seed: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...
