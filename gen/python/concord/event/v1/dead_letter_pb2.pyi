import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeadLetterReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEAD_LETTER_REASON_UNSPECIFIED: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_TERMINAL: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_EXHAUSTED: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_INVALID: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_UNDECODABLE: _ClassVar[DeadLetterReason]
    DEAD_LETTER_REASON_TOO_OLD: _ClassVar[DeadLetterReason]
DEAD_LETTER_REASON_UNSPECIFIED: DeadLetterReason
DEAD_LETTER_REASON_TERMINAL: DeadLetterReason
DEAD_LETTER_REASON_EXHAUSTED: DeadLetterReason
DEAD_LETTER_REASON_INVALID: DeadLetterReason
DEAD_LETTER_REASON_UNDECODABLE: DeadLetterReason
DEAD_LETTER_REASON_TOO_OLD: DeadLetterReason

class DeadLetter(_message.Message):
    __slots__ = ("stream", "sequence", "time", "reason", "error", "attempts", "consumer", "original_stream", "original_sequence", "original_subject", "redrives", "event_source", "event_id", "event_type", "event_key")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    CONSUMER_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_STREAM_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_SUBJECT_FIELD_NUMBER: _ClassVar[int]
    REDRIVES_FIELD_NUMBER: _ClassVar[int]
    EVENT_SOURCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    EVENT_KEY_FIELD_NUMBER: _ClassVar[int]
    stream: str
    sequence: int
    time: _timestamp_pb2.Timestamp
    reason: DeadLetterReason
    error: str
    attempts: int
    consumer: str
    original_stream: str
    original_sequence: int
    original_subject: str
    redrives: int
    event_source: str
    event_id: str
    event_type: str
    event_key: str
    def __init__(self, stream: _Optional[str] = ..., sequence: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[_Union[DeadLetterReason, str]] = ..., error: _Optional[str] = ..., attempts: _Optional[int] = ..., consumer: _Optional[str] = ..., original_stream: _Optional[str] = ..., original_sequence: _Optional[int] = ..., original_subject: _Optional[str] = ..., redrives: _Optional[int] = ..., event_source: _Optional[str] = ..., event_id: _Optional[str] = ..., event_type: _Optional[str] = ..., event_key: _Optional[str] = ...) -> None: ...
