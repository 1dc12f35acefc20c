from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunsExpectation(_message.Message):
    __slots__ = ("by", "keys", "first", "covers", "never", "others", "attempts", "outcomes", "sequence", "spans", "concurrency", "count", "starts", "each_end")
    BY_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    COVERS_FIELD_NUMBER: _ClassVar[int]
    NEVER_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    STARTS_FIELD_NUMBER: _ClassVar[int]
    EACH_END_FIELD_NUMBER: _ClassVar[int]
    by: _containers.RepeatedScalarFieldContainer[str]
    keys: str
    first: str
    covers: str
    never: str
    others: bool
    attempts: str
    outcomes: str
    sequence: _containers.RepeatedScalarFieldContainer[str]
    spans: _containers.RepeatedCompositeFieldContainer[Span]
    concurrency: Bounds
    count: Bounds
    starts: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    each_end: _struct_pb2.Value
    def __init__(self, by: _Optional[_Iterable[str]] = ..., keys: _Optional[str] = ..., first: _Optional[str] = ..., covers: _Optional[str] = ..., never: _Optional[str] = ..., others: _Optional[bool] = ..., attempts: _Optional[str] = ..., outcomes: _Optional[str] = ..., sequence: _Optional[_Iterable[str]] = ..., spans: _Optional[_Iterable[_Union[Span, _Mapping]]] = ..., concurrency: _Optional[_Union[Bounds, _Mapping]] = ..., count: _Optional[_Union[Bounds, _Mapping]] = ..., starts: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., each_end: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class Span(_message.Message):
    __slots__ = ("to", "ms")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    MS_FIELD_NUMBER: _ClassVar[int]
    to: str
    ms: Bounds
    def __init__(self, to: _Optional[str] = ..., ms: _Optional[_Union[Bounds, _Mapping]] = ..., **kwargs) -> None: ...

class Bounds(_message.Message):
    __slots__ = ("min", "max")
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    min: float
    max: float
    def __init__(self, min: _Optional[float] = ..., max: _Optional[float] = ...) -> None: ...

class MessagesExpectation(_message.Message):
    __slots__ = ("stream", "count", "between", "keys", "messages", "each")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    BETWEEN_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    EACH_FIELD_NUMBER: _ClassVar[int]
    AS_FIELD_NUMBER: _ClassVar[int]
    stream: str
    count: int
    between: Bounds
    keys: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    each: _struct_pb2.Value
    def __init__(self, stream: _Optional[str] = ..., count: _Optional[int] = ..., between: _Optional[_Union[Bounds, _Mapping]] = ..., keys: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., each: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., **kwargs) -> None: ...

class StreamExpectation(_message.Message):
    __slots__ = ("stream", "config", "absent")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    AS_FIELD_NUMBER: _ClassVar[int]
    stream: str
    config: _struct_pb2.Value
    absent: bool
    def __init__(self, stream: _Optional[str] = ..., config: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., absent: _Optional[bool] = ..., **kwargs) -> None: ...

class ConsumersExpectation(_message.Message):
    __slots__ = ("stream", "count", "consumers", "each")
    class ConsumersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _struct_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...
    STREAM_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CONSUMERS_FIELD_NUMBER: _ClassVar[int]
    EACH_FIELD_NUMBER: _ClassVar[int]
    stream: str
    count: int
    consumers: _containers.MessageMap[str, _struct_pb2.Value]
    each: _struct_pb2.Value
    def __init__(self, stream: _Optional[str] = ..., count: _Optional[int] = ..., consumers: _Optional[_Mapping[str, _struct_pb2.Value]] = ..., each: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class RowsExpectation(_message.Message):
    __slots__ = ("table", "where", "count", "between", "rows", "each")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    WHERE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    BETWEEN_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    EACH_FIELD_NUMBER: _ClassVar[int]
    AS_FIELD_NUMBER: _ClassVar[int]
    table: str
    where: _struct_pb2.Struct
    count: int
    between: Bounds
    rows: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    each: _struct_pb2.Value
    def __init__(self, table: _Optional[str] = ..., where: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., count: _Optional[int] = ..., between: _Optional[_Union[Bounds, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., each: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., **kwargs) -> None: ...

class EffectsExpectation(_message.Message):
    __slots__ = ("keys", "others", "service")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    keys: str
    others: bool
    service: str
    def __init__(self, keys: _Optional[str] = ..., others: _Optional[bool] = ..., service: _Optional[str] = ...) -> None: ...

class HistoryExpectation(_message.Message):
    __slots__ = ("services", "unordered", "at_least_once", "unfinished")
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    UNORDERED_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_ONCE_FIELD_NUMBER: _ClassVar[int]
    UNFINISHED_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedScalarFieldContainer[str]
    unordered: bool
    at_least_once: bool
    unfinished: bool
    def __init__(self, services: _Optional[_Iterable[str]] = ..., unordered: _Optional[bool] = ..., at_least_once: _Optional[bool] = ..., unfinished: _Optional[bool] = ...) -> None: ...

class ReportsExpectation(_message.Message):
    __slots__ = ("at_point", "warning", "count", "log", "log_lacks")
    AT_POINT_FIELD_NUMBER: _ClassVar[int]
    WARNING_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    LOG_LACKS_FIELD_NUMBER: _ClassVar[int]
    at_point: str
    warning: str
    count: Bounds
    log: str
    log_lacks: str
    def __init__(self, at_point: _Optional[str] = ..., warning: _Optional[str] = ..., count: _Optional[_Union[Bounds, _Mapping]] = ..., log: _Optional[str] = ..., log_lacks: _Optional[str] = ...) -> None: ...

class ProcessExpectation(_message.Message):
    __slots__ = ("exit_code", "signal", "alive", "rss_growth_mib")
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    ALIVE_FIELD_NUMBER: _ClassVar[int]
    RSS_GROWTH_MIB_FIELD_NUMBER: _ClassVar[int]
    exit_code: int
    signal: str
    alive: bool
    rss_growth_mib: Bounds
    def __init__(self, exit_code: _Optional[int] = ..., signal: _Optional[str] = ..., alive: _Optional[bool] = ..., rss_growth_mib: _Optional[_Union[Bounds, _Mapping]] = ...) -> None: ...

class ValueExpectation(_message.Message):
    __slots__ = ("of",)
    OF_FIELD_NUMBER: _ClassVar[int]
    IS_FIELD_NUMBER: _ClassVar[int]
    of: _struct_pb2.Value
    def __init__(self, of: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., **kwargs) -> None: ...

class IdsExpectation(_message.Message):
    __slots__ = ("of", "uuid7", "rising", "max_ms")
    OF_FIELD_NUMBER: _ClassVar[int]
    UUID7_FIELD_NUMBER: _ClassVar[int]
    RISING_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    MAX_MS_FIELD_NUMBER: _ClassVar[int]
    of: _struct_pb2.Value
    uuid7: bool
    rising: bool
    max_ms: int
    def __init__(self, of: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., uuid7: _Optional[bool] = ..., rising: _Optional[bool] = ..., max_ms: _Optional[int] = ..., **kwargs) -> None: ...

class DumpExpectation(_message.Message):
    __slots__ = ("also",)
    ALSO_FIELD_NUMBER: _ClassVar[int]
    also: _struct_pb2.Value
    def __init__(self, also: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class AnyOf(_message.Message):
    __slots__ = ("groups",)
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[AllOf]
    def __init__(self, groups: _Optional[_Iterable[_Union[AllOf, _Mapping]]] = ...) -> None: ...

class AllOf(_message.Message):
    __slots__ = ("expectations",)
    EXPECTATIONS_FIELD_NUMBER: _ClassVar[int]
    expectations: _containers.RepeatedCompositeFieldContainer[Expectation]
    def __init__(self, expectations: _Optional[_Iterable[_Union[Expectation, _Mapping]]] = ...) -> None: ...

class Expectation(_message.Message):
    __slots__ = ("on", "runs", "messages", "rows", "effects", "value", "reports", "process")
    ON_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    on: str
    runs: RunsExpectation
    messages: MessagesExpectation
    rows: RowsExpectation
    effects: EffectsExpectation
    value: ValueExpectation
    reports: ReportsExpectation
    process: ProcessExpectation
    def __init__(self, on: _Optional[str] = ..., runs: _Optional[_Union[RunsExpectation, _Mapping]] = ..., messages: _Optional[_Union[MessagesExpectation, _Mapping]] = ..., rows: _Optional[_Union[RowsExpectation, _Mapping]] = ..., effects: _Optional[_Union[EffectsExpectation, _Mapping]] = ..., value: _Optional[_Union[ValueExpectation, _Mapping]] = ..., reports: _Optional[_Union[ReportsExpectation, _Mapping]] = ..., process: _Optional[_Union[ProcessExpectation, _Mapping]] = ...) -> None: ...
