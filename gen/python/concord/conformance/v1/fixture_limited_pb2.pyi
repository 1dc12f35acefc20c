from concord.event.v1 import options_pb2 as _options_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class LimitedEvent(_message.Message):
    __slots__ = ("key", "n")
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    key: str
    n: int
    def __init__(self, key: _Optional[str] = ..., n: _Optional[int] = ...) -> None: ...
