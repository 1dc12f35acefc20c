from buf.validate import validate_pb2 as _validate_pb2
from concord.event.v1 import options_pb2 as _options_pb2
from concord.rpc.v1 import options_pb2 as _options_pb2_1
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Plan(_message.Message):
    __slots__ = ("headers", "trailers", "failure", "sleep_ms", "hang", "exception", "call", "payload_bytes")
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    TRAILERS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    SLEEP_MS_FIELD_NUMBER: _ClassVar[int]
    HANG_FIELD_NUMBER: _ClassVar[int]
    EXCEPTION_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_BYTES_FIELD_NUMBER: _ClassVar[int]
    headers: _containers.RepeatedCompositeFieldContainer[PlanHeader]
    trailers: _containers.RepeatedCompositeFieldContainer[PlanHeader]
    failure: PlanFailure
    sleep_ms: int
    hang: bool
    exception: str
    call: PlanCall
    payload_bytes: int
    def __init__(self, headers: _Optional[_Iterable[_Union[PlanHeader, _Mapping]]] = ..., trailers: _Optional[_Iterable[_Union[PlanHeader, _Mapping]]] = ..., failure: _Optional[_Union[PlanFailure, _Mapping]] = ..., sleep_ms: _Optional[int] = ..., hang: _Optional[bool] = ..., exception: _Optional[str] = ..., call: _Optional[_Union[PlanCall, _Mapping]] = ..., payload_bytes: _Optional[int] = ...) -> None: ...

class PlanHeader(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class PlanFailure(_message.Message):
    __slots__ = ("code", "message", "violations")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    violations: _containers.RepeatedCompositeFieldContainer[PlanViolation]
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., violations: _Optional[_Iterable[_Union[PlanViolation, _Mapping]]] = ...) -> None: ...

class PlanViolation(_message.Message):
    __slots__ = ("field", "message")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    field: str
    message: str
    def __init__(self, field: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class PlanCall(_message.Message):
    __slots__ = ("url", "way", "timeout_ms", "plan")
    URL_FIELD_NUMBER: _ClassVar[int]
    WAY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    url: str
    way: str
    timeout_ms: int
    plan: Plan
    def __init__(self, url: _Optional[str] = ..., way: _Optional[str] = ..., timeout_ms: _Optional[int] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ...) -> None: ...

class SayRequest(_message.Message):
    __slots__ = ("text", "number", "payload", "plan")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    text: str
    number: int
    payload: bytes
    plan: Plan
    def __init__(self, text: _Optional[str] = ..., number: _Optional[int] = ..., payload: _Optional[bytes] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ...) -> None: ...

class SayResponse(_message.Message):
    __slots__ = ("text", "number", "payload")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    text: str
    number: int
    payload: bytes
    def __init__(self, text: _Optional[str] = ..., number: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...

class LookRequest(_message.Message):
    __slots__ = ("text", "number", "payload", "plan")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    text: str
    number: int
    payload: bytes
    plan: Plan
    def __init__(self, text: _Optional[str] = ..., number: _Optional[int] = ..., payload: _Optional[bytes] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ...) -> None: ...

class LookResponse(_message.Message):
    __slots__ = ("text", "number", "payload")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    text: str
    number: int
    payload: bytes
    def __init__(self, text: _Optional[str] = ..., number: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...

class CreateEchoRequest(_message.Message):
    __slots__ = ("text", "plan")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    text: str
    plan: Plan
    def __init__(self, text: _Optional[str] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ...) -> None: ...

class CreateEchoResponse(_message.Message):
    __slots__ = ("text", "run")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    text: str
    run: int
    def __init__(self, text: _Optional[str] = ..., run: _Optional[int] = ...) -> None: ...

class CheckRequest(_message.Message):
    __slots__ = ("name", "amount")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    amount: int
    def __init__(self, name: _Optional[str] = ..., amount: _Optional[int] = ...) -> None: ...

class CheckResponse(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class CountRequest(_message.Message):
    __slots__ = ("count", "plan")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    count: int
    plan: Plan
    def __init__(self, count: _Optional[int] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ...) -> None: ...

class CountResponse(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: int
    def __init__(self, number: _Optional[int] = ...) -> None: ...

class SumRequest(_message.Message):
    __slots__ = ("number", "plan")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    number: int
    plan: Plan
    def __init__(self, number: _Optional[int] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ...) -> None: ...

class SumResponse(_message.Message):
    __slots__ = ("sum", "count")
    SUM_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    sum: int
    count: int
    def __init__(self, sum: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...

class ChatRequest(_message.Message):
    __slots__ = ("text", "plan")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    text: str
    plan: Plan
    def __init__(self, text: _Optional[str] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ...) -> None: ...

class ChatResponse(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...
