from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RpcServeRequest(_message.Message):
    __slots__ = ("max_message_bytes", "max_calls")
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_CALLS_FIELD_NUMBER: _ClassVar[int]
    max_message_bytes: int
    max_calls: int
    def __init__(self, max_message_bytes: _Optional[int] = ..., max_calls: _Optional[int] = ...) -> None: ...

class RpcServeReply(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class RpcCallRequest(_message.Message):
    __slots__ = ("url", "way", "method", "messages", "headers", "timeout_ms", "cancel_after_ms", "in_turn", "may_retry")
    URL_FIELD_NUMBER: _ClassVar[int]
    WAY_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    IN_TURN_FIELD_NUMBER: _ClassVar[int]
    MAY_RETRY_FIELD_NUMBER: _ClassVar[int]
    url: str
    way: str
    method: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    headers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    timeout_ms: int
    cancel_after_ms: int
    in_turn: bool
    may_retry: bool
    def __init__(self, url: _Optional[str] = ..., way: _Optional[str] = ..., method: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., headers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., timeout_ms: _Optional[int] = ..., cancel_after_ms: _Optional[int] = ..., in_turn: _Optional[bool] = ..., may_retry: _Optional[bool] = ...) -> None: ...

class RpcCallReply(_message.Message):
    __slots__ = ("headers", "messages", "trailers", "error")
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    TRAILERS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    headers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    trailers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    error: RpcError
    def __init__(self, headers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., trailers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., error: _Optional[_Union[RpcError, _Mapping]] = ...) -> None: ...

class RpcHeader(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class RpcError(_message.Message):
    __slots__ = ("code", "message", "violations")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    violations: _containers.RepeatedCompositeFieldContainer[RpcViolation]
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., violations: _Optional[_Iterable[_Union[RpcViolation, _Mapping]]] = ...) -> None: ...

class RpcViolation(_message.Message):
    __slots__ = ("field", "message")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    field: str
    message: str
    def __init__(self, field: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class RpcStartReport(_message.Message):
    __slots__ = ("method", "headers", "timeout_ms")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    method: str
    headers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    timeout_ms: int
    def __init__(self, method: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., timeout_ms: _Optional[int] = ...) -> None: ...

class RpcEndReport(_message.Message):
    __slots__ = ("method", "outcome")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    method: str
    outcome: str
    def __init__(self, method: _Optional[str] = ..., outcome: _Optional[str] = ...) -> None: ...

class RpcExchange(_message.Message):
    __slots__ = ("role", "way", "method", "messages", "headers", "timeout_ms", "cancel_after_ms", "in_turn", "may_retry", "get", "compression", "answers", "body", "path", "payload_bytes")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    WAY_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    IN_TURN_FIELD_NUMBER: _ClassVar[int]
    MAY_RETRY_FIELD_NUMBER: _ClassVar[int]
    GET_FIELD_NUMBER: _ClassVar[int]
    COMPRESSION_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_BYTES_FIELD_NUMBER: _ClassVar[int]
    role: str
    way: str
    method: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    headers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    timeout_ms: int
    cancel_after_ms: int
    in_turn: bool
    may_retry: bool
    get: bool
    compression: str
    answers: _containers.RepeatedCompositeFieldContainer[RawAnswer]
    body: _struct_pb2.Value
    path: str
    payload_bytes: int
    def __init__(self, role: _Optional[str] = ..., way: _Optional[str] = ..., method: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., headers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., timeout_ms: _Optional[int] = ..., cancel_after_ms: _Optional[int] = ..., in_turn: _Optional[bool] = ..., may_retry: _Optional[bool] = ..., get: _Optional[bool] = ..., compression: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[RawAnswer, _Mapping]]] = ..., body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., path: _Optional[str] = ..., payload_bytes: _Optional[int] = ...) -> None: ...

class RawAnswer(_message.Message):
    __slots__ = ("status", "headers", "body", "trailers", "cut")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    TRAILERS_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    status: int
    headers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    body: _struct_pb2.Value
    trailers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    cut: bool
    def __init__(self, status: _Optional[int] = ..., headers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., trailers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., cut: _Optional[bool] = ...) -> None: ...

class HttpRequest(_message.Message):
    __slots__ = ("way", "method", "path", "headers", "body", "text", "cut")
    WAY_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    way: str
    method: str
    path: str
    headers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    body: _struct_pb2.Value
    text: str
    cut: bool
    def __init__(self, way: _Optional[str] = ..., method: _Optional[str] = ..., path: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., body: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., text: _Optional[str] = ..., cut: _Optional[bool] = ...) -> None: ...

class NatsRequest(_message.Message):
    __slots__ = ("subject", "headers", "text", "gather_ms")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    GATHER_MS_FIELD_NUMBER: _ClassVar[int]
    subject: str
    headers: _containers.RepeatedCompositeFieldContainer[RpcHeader]
    text: str
    gather_ms: int
    def __init__(self, subject: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[RpcHeader, _Mapping]]] = ..., text: _Optional[str] = ..., gather_ms: _Optional[int] = ...) -> None: ...

class ServedExpectation(_message.Message):
    __slots__ = ("method", "count", "calls")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    method: str
    count: int
    calls: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    def __init__(self, method: _Optional[str] = ..., count: _Optional[int] = ..., calls: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ...) -> None: ...

class PeerServer(_message.Message):
    __slots__ = ("way",)
    WAY_FIELD_NUMBER: _ClassVar[int]
    way: str
    def __init__(self, way: _Optional[str] = ...) -> None: ...
