from concord.conformance.v1 import server_act_pb2 as _server_act_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VectorCheck(_message.Message):
    __slots__ = ("file", "ids", "mode", "dir", "ns", "kind")
    FILE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    DIR_FIELD_NUMBER: _ClassVar[int]
    NS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    file: str
    ids: str
    mode: str
    dir: str
    ns: str
    kind: str
    def __init__(self, file: _Optional[str] = ..., ids: _Optional[str] = ..., mode: _Optional[str] = ..., dir: _Optional[str] = ..., ns: _Optional[str] = ..., kind: _Optional[str] = ...) -> None: ...

class FuzzCheck(_message.Message):
    __slots__ = ("count", "keys", "envelopes")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    ENVELOPES_FIELD_NUMBER: _ClassVar[int]
    count: int
    keys: _server_act_pb2.Nothing
    envelopes: str
    def __init__(self, count: _Optional[int] = ..., keys: _Optional[_Union[_server_act_pb2.Nothing, _Mapping]] = ..., envelopes: _Optional[str] = ...) -> None: ...
