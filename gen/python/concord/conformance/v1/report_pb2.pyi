from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Report(_message.Message):
    __slots__ = ("testee", "seed", "servers", "duration_ms", "totals", "levels", "results", "faults")
    TESTEE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SERVERS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    LEVELS_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    testee: TesteeInfo
    seed: int
    servers: _containers.RepeatedScalarFieldContainer[str]
    duration_ms: int
    totals: Totals
    levels: _containers.RepeatedScalarFieldContainer[str]
    results: _containers.RepeatedCompositeFieldContainer[Result]
    faults: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, testee: _Optional[_Union[TesteeInfo, _Mapping]] = ..., seed: _Optional[int] = ..., servers: _Optional[_Iterable[str]] = ..., duration_ms: _Optional[int] = ..., totals: _Optional[_Union[Totals, _Mapping]] = ..., levels: _Optional[_Iterable[str]] = ..., results: _Optional[_Iterable[_Union[Result, _Mapping]]] = ..., faults: _Optional[_Iterable[str]] = ...) -> None: ...

class TesteeInfo(_message.Message):
    __slots__ = ("name", "language", "version", "features")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    language: str
    version: str
    features: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., language: _Optional[str] = ..., version: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ...) -> None: ...

class Totals(_message.Message):
    __slots__ = ("passed", "failed", "known", "unexpected_pass", "unsupported")
    PASSED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNEXPECTED_PASS_FIELD_NUMBER: _ClassVar[int]
    UNSUPPORTED_FIELD_NUMBER: _ClassVar[int]
    passed: int
    failed: int
    known: int
    unexpected_pass: int
    unsupported: int
    def __init__(self, passed: _Optional[int] = ..., failed: _Optional[int] = ..., known: _Optional[int] = ..., unexpected_pass: _Optional[int] = ..., unsupported: _Optional[int] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("path", "level", "group", "id", "slug", "axes", "status", "duration_ms", "expected", "observed", "rule", "step", "wire_log", "see", "missing", "testee_fault")
    class AxesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PATH_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    AXES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    WIRE_LOG_FIELD_NUMBER: _ClassVar[int]
    SEE_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    TESTEE_FAULT_FIELD_NUMBER: _ClassVar[int]
    path: str
    level: str
    group: str
    id: str
    slug: str
    axes: _containers.ScalarMap[str, str]
    status: str
    duration_ms: int
    expected: str
    observed: str
    rule: str
    step: str
    wire_log: str
    see: str
    missing: _containers.RepeatedScalarFieldContainer[str]
    testee_fault: str
    def __init__(self, path: _Optional[str] = ..., level: _Optional[str] = ..., group: _Optional[str] = ..., id: _Optional[str] = ..., slug: _Optional[str] = ..., axes: _Optional[_Mapping[str, str]] = ..., status: _Optional[str] = ..., duration_ms: _Optional[int] = ..., expected: _Optional[str] = ..., observed: _Optional[str] = ..., rule: _Optional[str] = ..., step: _Optional[str] = ..., wire_log: _Optional[str] = ..., see: _Optional[str] = ..., missing: _Optional[_Iterable[str]] = ..., testee_fault: _Optional[str] = ...) -> None: ...
