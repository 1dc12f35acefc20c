-- Concord's tables in a service's own database. One DDL for all languages; the PostgreSQL one has the same tables and
-- columns. Times are milliseconds since the Unix epoch. Keys are stored as the token that stands in the subject.

-- Messages between the commit of a producer and the broker's acknowledgement.
CREATE TABLE concord_outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice; drawn while the writer is held, so it rises in commit order
  partition INTEGER NOT NULL, -- FNV-1a 32 of the key, without a key of the event id, modulo 16
  key TEXT, -- escaped key; without one there is no order
  stream TEXT NOT NULL, -- the broker's name of the stream
  subject TEXT NOT NULL,
  message_id TEXT NOT NULL, -- what the broker drops repetitions by
  headers TEXT NOT NULL, -- JSON object
  type TEXT NOT NULL, -- full name of the event's message
  event_id TEXT NOT NULL,
  body BLOB NOT NULL, -- the bytes as they are sent
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'held', 'quarantined')), -- held: behind a quarantined row of its key
  attempts INTEGER NOT NULL DEFAULT 0, -- failed sends
  cause TEXT, -- why the last send failed
  created_at_ms INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)),
  quarantined_at_ms INTEGER
) STRICT;
CREATE INDEX concord_outbox_waiting ON concord_outbox (partition, id) WHERE state = 'waiting';
CREATE INDEX concord_outbox_stopped ON concord_outbox (key, id) WHERE state <> 'waiting';

-- Events that a consumer has handled, parked or given up, written with their effects.
CREATE TABLE concord_inbox (
  consumer TEXT NOT NULL, -- the consuming service
  source TEXT NOT NULL, -- over 512 bytes: 'sha256:' and the hash in hex
  event_id TEXT NOT NULL, -- lower-case UUID; other ids: UUIDv8 of the first 128 bits of their SHA-256
  day INTEGER NOT NULL, -- UTC day YYYYMMDD of the time in the event's own UUIDv7; 0 for ids without a time
  event_time_ms INTEGER NOT NULL, -- that time; for ids without one the envelope's
  state TEXT NOT NULL CHECK (state IN ('done', 'parked', 'dead')),
  redrives INTEGER NOT NULL DEFAULT 0, -- redrives begun
  PRIMARY KEY (consumer, source, event_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX concord_inbox_time ON concord_inbox (event_time_ms);

-- One row: the first day that the inbox still knows. Events of earlier days are too old to be handled.
CREATE TABLE concord_inbox_floor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  first_day INTEGER NOT NULL -- YYYYMMDD
) STRICT;

-- Business operations that a consumer has handled: two events of one operation have one effect.
CREATE TABLE concord_operation (
  consumer TEXT NOT NULL, -- the consuming service
  source TEXT NOT NULL, -- over 512 bytes: 'sha256:' and the hash in hex
  type TEXT NOT NULL,
  idempotency_key TEXT NOT NULL, -- over 512 bytes: 'sha256:' and the hash in hex
  event_id TEXT NOT NULL, -- as in concord_inbox
  PRIMARY KEY (consumer, source, type, idempotency_key)
) STRICT, WITHOUT ROWID;

-- How far a consumer has come in each partition: everything up to there is settled in its inbox.
CREATE TABLE concord_cursor (
  consumer TEXT NOT NULL,
  stream TEXT NOT NULL,
  partition INTEGER NOT NULL,
  sequence INTEGER, -- position in the stream; null before the first
  event_id TEXT, -- what stood at that position, to see that the stream is still the same
  stream_created_at_ms INTEGER,
  event_time_ms INTEGER, -- inbox days before it may be dropped
  session_open INTEGER NOT NULL DEFAULT FALSE, -- a session reads the partition, or died reading it
  generation INTEGER NOT NULL DEFAULT 0, -- how often the stream was found to be another one than before
  used_at_ms INTEGER, -- when a service that reads the stream last said so, by the database's clock; null: not yet
  PRIMARY KEY (consumer, stream, partition)
) STRICT, WITHOUT ROWID;

-- Events that wait for another run, and the later ones of their keys.
CREATE TABLE concord_parked (
  id INTEGER PRIMARY KEY, -- names the row
  consumer TEXT NOT NULL,
  stream TEXT NOT NULL,
  partition INTEGER NOT NULL,
  generation INTEGER NOT NULL DEFAULT 0, -- the cursor's when it was parked: another stream gives the same sequences again
  sequence INTEGER NOT NULL, -- order within a key and generation
  key TEXT, -- escaped key; events without one stand alone
  source TEXT NOT NULL,
  event_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  headers TEXT NOT NULL, -- JSON object
  body BLOB NOT NULL, -- original bytes
  stored_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL, -- runs that failed
  redrives INTEGER NOT NULL,
  due_at_ms INTEGER NOT NULL -- not run before; 0: as soon as it is the first of its key
) STRICT;
CREATE INDEX concord_parked_key ON concord_parked (consumer, stream, partition, key, generation, sequence, id);

-- Runs of events that a session began and did not end: what kills the process is given up in the end.
CREATE TABLE concord_attempt (
  consumer TEXT NOT NULL,
  stream TEXT NOT NULL,
  partition INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY (consumer, stream, partition, sequence)
) STRICT, WITHOUT ROWID;

-- Who works on which partition. It saves work; correctness does not depend on it.
CREATE TABLE concord_lease (
  scope TEXT NOT NULL, -- what is shared: the relay, or a consumer and stream
  partition INTEGER NOT NULL,
  owner TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (scope, partition)
) STRICT, WITHOUT ROWID;

-- Replicas that are alive, so that each takes its fair share of leases.
CREATE TABLE concord_lease_member (
  scope TEXT NOT NULL,
  owner TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (scope, owner)
) STRICT, WITHOUT ROWID;

-- The id of this database, which the broker keeps beside the service's name: two databases of one name are refused.
CREATE TABLE concord_identity (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  id TEXT NOT NULL
) STRICT;
