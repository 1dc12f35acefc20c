from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BrokerAct(_message.Message):
    __slots__ = ("stop", "kill", "start", "restart", "pause", "resume")
    STOP_FIELD_NUMBER: _ClassVar[int]
    KILL_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    RESTART_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    stop: Nothing
    kill: Nothing
    start: Nothing
    restart: Nothing
    pause: Nothing
    resume: Nothing
    def __init__(self, stop: _Optional[_Union[Nothing, _Mapping]] = ..., kill: _Optional[_Union[Nothing, _Mapping]] = ..., start: _Optional[_Union[Nothing, _Mapping]] = ..., restart: _Optional[_Union[Nothing, _Mapping]] = ..., pause: _Optional[_Union[Nothing, _Mapping]] = ..., resume: _Optional[_Union[Nothing, _Mapping]] = ...) -> None: ...

class Nothing(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NetworkAct(_message.Message):
    __slots__ = ("to", "cut", "refuse", "blackhole", "mute", "delay_ms", "heal")
    TO_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    REFUSE_FIELD_NUMBER: _ClassVar[int]
    BLACKHOLE_FIELD_NUMBER: _ClassVar[int]
    MUTE_FIELD_NUMBER: _ClassVar[int]
    DELAY_MS_FIELD_NUMBER: _ClassVar[int]
    HEAL_FIELD_NUMBER: _ClassVar[int]
    to: str
    cut: Nothing
    refuse: Nothing
    blackhole: Nothing
    mute: Nothing
    delay_ms: int
    heal: Nothing
    def __init__(self, to: _Optional[str] = ..., cut: _Optional[_Union[Nothing, _Mapping]] = ..., refuse: _Optional[_Union[Nothing, _Mapping]] = ..., blackhole: _Optional[_Union[Nothing, _Mapping]] = ..., mute: _Optional[_Union[Nothing, _Mapping]] = ..., delay_ms: _Optional[int] = ..., heal: _Optional[_Union[Nothing, _Mapping]] = ...) -> None: ...

class StreamAct(_message.Message):
    __slots__ = ("name", "create", "update", "purge", "delete", "recreate", "truncate", "delete_message")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    PURGE_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    RECREATE_FIELD_NUMBER: _ClassVar[int]
    TRUNCATE_FIELD_NUMBER: _ClassVar[int]
    DELETE_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    create: _struct_pb2.Struct
    update: _struct_pb2.Struct
    purge: PurgeAct
    delete: Nothing
    recreate: Nothing
    truncate: int
    delete_message: str
    def __init__(self, name: _Optional[str] = ..., create: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., update: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., purge: _Optional[_Union[PurgeAct, _Mapping]] = ..., delete: _Optional[_Union[Nothing, _Mapping]] = ..., recreate: _Optional[_Union[Nothing, _Mapping]] = ..., truncate: _Optional[int] = ..., delete_message: _Optional[str] = ...) -> None: ...

class PurgeAct(_message.Message):
    __slots__ = ("before",)
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    before: str
    def __init__(self, before: _Optional[str] = ...) -> None: ...

class ConsumerAct(_message.Message):
    __slots__ = ("stream", "name", "delete", "create")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    CREATE_FIELD_NUMBER: _ClassVar[int]
    stream: str
    name: str
    delete: Nothing
    create: _struct_pb2.Struct
    def __init__(self, stream: _Optional[str] = ..., name: _Optional[str] = ..., delete: _Optional[_Union[Nothing, _Mapping]] = ..., create: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class DatabaseAct(_message.Message):
    __slots__ = ("stop", "start", "snapshot", "restore", "hold_transaction", "end_transaction", "fail_inserts", "change", "delete", "hold_key", "disconnect")
    STOP_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    RESTORE_FIELD_NUMBER: _ClassVar[int]
    HOLD_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    END_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    FAIL_INSERTS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    HOLD_KEY_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    stop: Nothing
    start: Nothing
    snapshot: Nothing
    restore: Nothing
    hold_transaction: Nothing
    end_transaction: Nothing
    fail_inserts: FailInserts
    change: ChangeRows
    delete: ChangeRows
    hold_key: str
    disconnect: Nothing
    def __init__(self, stop: _Optional[_Union[Nothing, _Mapping]] = ..., start: _Optional[_Union[Nothing, _Mapping]] = ..., snapshot: _Optional[_Union[Nothing, _Mapping]] = ..., restore: _Optional[_Union[Nothing, _Mapping]] = ..., hold_transaction: _Optional[_Union[Nothing, _Mapping]] = ..., end_transaction: _Optional[_Union[Nothing, _Mapping]] = ..., fail_inserts: _Optional[_Union[FailInserts, _Mapping]] = ..., change: _Optional[_Union[ChangeRows, _Mapping]] = ..., delete: _Optional[_Union[ChangeRows, _Mapping]] = ..., hold_key: _Optional[str] = ..., disconnect: _Optional[_Union[Nothing, _Mapping]] = ...) -> None: ...

class FailInserts(_message.Message):
    __slots__ = ("table", "sqlstate", "times")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SQLSTATE_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    table: str
    sqlstate: str
    times: int
    def __init__(self, table: _Optional[str] = ..., sqlstate: _Optional[str] = ..., times: _Optional[int] = ...) -> None: ...

class ChangeRows(_message.Message):
    __slots__ = ("table", "where", "set")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    WHERE_FIELD_NUMBER: _ClassVar[int]
    SET_FIELD_NUMBER: _ClassVar[int]
    table: str
    where: _struct_pb2.Struct
    set: _struct_pb2.Struct
    def __init__(self, table: _Optional[str] = ..., where: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., set: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
