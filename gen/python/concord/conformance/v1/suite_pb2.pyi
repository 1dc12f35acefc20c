from concord.conformance.v1 import settings_pb2 as _settings_pb2
from concord.conformance.v1 import step_pb2 as _step_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Suite(_message.Message):
    __slots__ = ("level", "letter", "group", "about", "axes", "configure", "cases")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    LETTER_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    AXES_FIELD_NUMBER: _ClassVar[int]
    CONFIGURE_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    level: str
    letter: str
    group: str
    about: str
    axes: _containers.RepeatedCompositeFieldContainer[Axis]
    configure: _settings_pb2.ConfigureRequest
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    def __init__(self, level: _Optional[str] = ..., letter: _Optional[str] = ..., group: _Optional[str] = ..., about: _Optional[str] = ..., axes: _Optional[_Iterable[_Union[Axis, _Mapping]]] = ..., configure: _Optional[_Union[_settings_pb2.ConfigureRequest, _Mapping]] = ..., cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ...) -> None: ...

class Axis(_message.Message):
    __slots__ = ("name", "values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class Case(_message.Message):
    __slots__ = ("id", "slug", "rule", "level", "axes", "features", "configure", "testees", "own_broker", "own_process", "timeout_ms", "given", "then", "faults", "bare")
    class TesteesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Testee
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Testee, _Mapping]] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    AXES_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    CONFIGURE_FIELD_NUMBER: _ClassVar[int]
    TESTEES_FIELD_NUMBER: _ClassVar[int]
    OWN_BROKER_FIELD_NUMBER: _ClassVar[int]
    OWN_PROCESS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    GIVEN_FIELD_NUMBER: _ClassVar[int]
    THEN_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    BARE_FIELD_NUMBER: _ClassVar[int]
    id: str
    slug: str
    rule: str
    level: str
    axes: _containers.RepeatedCompositeFieldContainer[Axis]
    features: _containers.RepeatedScalarFieldContainer[str]
    configure: _settings_pb2.ConfigureRequest
    testees: _containers.MessageMap[str, Testee]
    own_broker: OwnBroker
    own_process: bool
    timeout_ms: int
    given: _containers.RepeatedCompositeFieldContainer[_step_pb2.Step]
    then: _containers.RepeatedCompositeFieldContainer[_step_pb2.Step]
    faults: _containers.RepeatedScalarFieldContainer[str]
    bare: bool
    def __init__(self, id: _Optional[str] = ..., slug: _Optional[str] = ..., rule: _Optional[str] = ..., level: _Optional[str] = ..., axes: _Optional[_Iterable[_Union[Axis, _Mapping]]] = ..., features: _Optional[_Iterable[str]] = ..., configure: _Optional[_Union[_settings_pb2.ConfigureRequest, _Mapping]] = ..., testees: _Optional[_Mapping[str, Testee]] = ..., own_broker: _Optional[_Union[OwnBroker, _Mapping]] = ..., own_process: _Optional[bool] = ..., timeout_ms: _Optional[int] = ..., given: _Optional[_Iterable[_Union[_step_pb2.Step, _Mapping]]] = ..., then: _Optional[_Iterable[_Union[_step_pb2.Step, _Mapping]]] = ..., faults: _Optional[_Iterable[str]] = ..., bare: _Optional[bool] = ...) -> None: ...

class Testee(_message.Message):
    __slots__ = ("configure", "later", "clock_offset_ms", "profile")
    CONFIGURE_FIELD_NUMBER: _ClassVar[int]
    LATER_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    configure: _settings_pb2.ConfigureRequest
    later: bool
    clock_offset_ms: int
    profile: str
    def __init__(self, configure: _Optional[_Union[_settings_pb2.ConfigureRequest, _Mapping]] = ..., later: _Optional[bool] = ..., clock_offset_ms: _Optional[int] = ..., profile: _Optional[str] = ...) -> None: ...

class OwnBroker(_message.Message):
    __slots__ = ("max_payload",)
    MAX_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    max_payload: int
    def __init__(self, max_payload: _Optional[int] = ...) -> None: ...

class Profile(_message.Message):
    __slots__ = ("name", "command", "setup", "features", "known_failing", "environment")
    class EnvironmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    SETUP_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FAILING_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    command: _containers.RepeatedScalarFieldContainer[str]
    setup: _containers.RepeatedScalarFieldContainer[str]
    features: _containers.RepeatedScalarFieldContainer[str]
    known_failing: _containers.RepeatedCompositeFieldContainer[KnownFailure]
    environment: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., command: _Optional[_Iterable[str]] = ..., setup: _Optional[_Iterable[str]] = ..., features: _Optional[_Iterable[str]] = ..., known_failing: _Optional[_Iterable[_Union[KnownFailure, _Mapping]]] = ..., environment: _Optional[_Mapping[str, str]] = ...) -> None: ...

class KnownFailure(_message.Message):
    __slots__ = ("pattern", "why")
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    pattern: str
    why: str
    def __init__(self, pattern: _Optional[str] = ..., why: _Optional[str] = ...) -> None: ...
