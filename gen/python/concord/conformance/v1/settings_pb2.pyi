import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConfigureRequest(_message.Message):
    __slots__ = ("ns", "service", "broker_url", "database_url", "mode", "now", "seed", "retry", "ack_wait_ms", "handler_timeout_ms", "concurrency", "park_after_ms", "lease_ttl_ms", "poll_ms", "order", "parked_limit", "source", "inbox_days")
    NS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    BROKER_URL_FIELD_NUMBER: _ClassVar[int]
    DATABASE_URL_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    ACK_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    HANDLER_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    PARK_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    LEASE_TTL_MS_FIELD_NUMBER: _ClassVar[int]
    POLL_MS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    PARKED_LIMIT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    INBOX_DAYS_FIELD_NUMBER: _ClassVar[int]
    ns: str
    service: str
    broker_url: str
    database_url: str
    mode: str
    now: _timestamp_pb2.Timestamp
    seed: int
    retry: RetryConfig
    ack_wait_ms: int
    handler_timeout_ms: int
    concurrency: int
    park_after_ms: int
    lease_ttl_ms: int
    poll_ms: int
    order: str
    parked_limit: int
    source: str
    inbox_days: int
    def __init__(self, ns: _Optional[str] = ..., service: _Optional[str] = ..., broker_url: _Optional[str] = ..., database_url: _Optional[str] = ..., mode: _Optional[str] = ..., now: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seed: _Optional[int] = ..., retry: _Optional[_Union[RetryConfig, _Mapping]] = ..., ack_wait_ms: _Optional[int] = ..., handler_timeout_ms: _Optional[int] = ..., concurrency: _Optional[int] = ..., park_after_ms: _Optional[int] = ..., lease_ttl_ms: _Optional[int] = ..., poll_ms: _Optional[int] = ..., order: _Optional[str] = ..., parked_limit: _Optional[int] = ..., source: _Optional[str] = ..., inbox_days: _Optional[int] = ...) -> None: ...

class RetryConfig(_message.Message):
    __slots__ = ("initial_ms", "max_ms", "max_attempts", "max_deliveries")
    INITIAL_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    MAX_DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    initial_ms: int
    max_ms: int
    max_attempts: int
    max_deliveries: int
    def __init__(self, initial_ms: _Optional[int] = ..., max_ms: _Optional[int] = ..., max_attempts: _Optional[int] = ..., max_deliveries: _Optional[int] = ...) -> None: ...

class ConfigureReply(_message.Message):
    __slots__ = ("warnings",)
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, warnings: _Optional[_Iterable[str]] = ...) -> None: ...
