from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Access(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCESS_UNSPECIFIED: _ClassVar[Access]
    ACCESS_PUBLIC: _ClassVar[Access]
    ACCESS_AUTHENTICATED: _ClassVar[Access]

class Idempotency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDEMPOTENCY_UNSPECIFIED: _ClassVar[Idempotency]
    IDEMPOTENCY_KEY_OPTIONAL: _ClassVar[Idempotency]
    IDEMPOTENCY_KEY_REQUIRED: _ClassVar[Idempotency]
ACCESS_UNSPECIFIED: Access
ACCESS_PUBLIC: Access
ACCESS_AUTHENTICATED: Access
IDEMPOTENCY_UNSPECIFIED: Idempotency
IDEMPOTENCY_KEY_OPTIONAL: Idempotency
IDEMPOTENCY_KEY_REQUIRED: Idempotency
METHOD_FIELD_NUMBER: _ClassVar[int]
method: _descriptor.FieldDescriptor

class MethodOptions(_message.Message):
    __slots__ = ("roles", "idempotency", "access", "idempotency_retention_hours", "success_status")
    ROLES_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_RETENTION_HOURS_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_STATUS_FIELD_NUMBER: _ClassVar[int]
    roles: _containers.RepeatedScalarFieldContainer[str]
    idempotency: Idempotency
    access: Access
    idempotency_retention_hours: int
    success_status: int
    def __init__(self, roles: _Optional[_Iterable[str]] = ..., idempotency: _Optional[_Union[Idempotency, str]] = ..., access: _Optional[_Union[Access, str]] = ..., idempotency_retention_hours: _Optional[int] = ..., success_status: _Optional[int] = ...) -> None: ...
