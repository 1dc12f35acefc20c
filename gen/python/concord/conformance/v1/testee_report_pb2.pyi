from concord.conformance.v1 import rpc_pb2 as _rpc_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TesteeReport(_message.Message):
    __slots__ = ("start", "end", "at_point", "warning", "rpc_start", "rpc_end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    AT_POINT_FIELD_NUMBER: _ClassVar[int]
    WARNING_FIELD_NUMBER: _ClassVar[int]
    RPC_START_FIELD_NUMBER: _ClassVar[int]
    RPC_END_FIELD_NUMBER: _ClassVar[int]
    start: StartReport
    end: EndReport
    at_point: AtPointReport
    warning: WarningReport
    rpc_start: _rpc_pb2.RpcStartReport
    rpc_end: _rpc_pb2.RpcEndReport
    def __init__(self, start: _Optional[_Union[StartReport, _Mapping]] = ..., end: _Optional[_Union[EndReport, _Mapping]] = ..., at_point: _Optional[_Union[AtPointReport, _Mapping]] = ..., warning: _Optional[_Union[WarningReport, _Mapping]] = ..., rpc_start: _Optional[_Union[_rpc_pb2.RpcStartReport, _Mapping]] = ..., rpc_end: _Optional[_Union[_rpc_pb2.RpcEndReport, _Mapping]] = ...) -> None: ...

class StartReport(_message.Message):
    __slots__ = ("id", "source", "type", "key", "n", "attempt", "redrive", "trace")
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REDRIVE_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    id: str
    source: str
    type: str
    key: str
    n: int
    attempt: int
    redrive: int
    trace: str
    def __init__(self, id: _Optional[str] = ..., source: _Optional[str] = ..., type: _Optional[str] = ..., key: _Optional[str] = ..., n: _Optional[int] = ..., attempt: _Optional[int] = ..., redrive: _Optional[int] = ..., trace: _Optional[str] = ...) -> None: ...

class EndReport(_message.Message):
    __slots__ = ("id", "source", "type", "key", "n", "attempt", "redrive", "trace", "outcome")
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REDRIVE_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    id: str
    source: str
    type: str
    key: str
    n: int
    attempt: int
    redrive: int
    trace: str
    outcome: str
    def __init__(self, id: _Optional[str] = ..., source: _Optional[str] = ..., type: _Optional[str] = ..., key: _Optional[str] = ..., n: _Optional[int] = ..., attempt: _Optional[int] = ..., redrive: _Optional[int] = ..., trace: _Optional[str] = ..., outcome: _Optional[str] = ...) -> None: ...

class AtPointReport(_message.Message):
    __slots__ = ("point", "nth")
    POINT_FIELD_NUMBER: _ClassVar[int]
    NTH_FIELD_NUMBER: _ClassVar[int]
    point: str
    nth: int
    def __init__(self, point: _Optional[str] = ..., nth: _Optional[int] = ...) -> None: ...

class WarningReport(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...
