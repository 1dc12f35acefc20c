-- Concord's tables in a service's own database. One DDL for all languages; the SQLite one has the same tables and
-- columns. Times are milliseconds since the Unix epoch. Keys are stored as the token that stands in the subject.

CREATE SEQUENCE concord_outbox_id_seq AS bigint CACHE 1; -- a larger cache would give ids out of commit order

CREATE TABLE concord_outbox (
  id bigint PRIMARY KEY, -- no default: it is drawn under the lock of the row's key, so that it rises in commit order
  partition smallint NOT NULL, -- FNV-1a 32 of the key, without a key of the event id, modulo 16
  key text, -- escaped key; without one there is no order
  stream text NOT NULL, -- the broker's name of the stream
  subject text NOT NULL,
  message_id text NOT NULL, -- what the broker drops repetitions by
  headers text NOT NULL, -- JSON object
  type text NOT NULL, -- full name of the event's message
  event_id text NOT NULL,
  body bytea NOT NULL, -- the bytes as they are sent
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'held', 'quarantined')), -- held: behind a quarantined row of its key
  attempts integer NOT NULL DEFAULT 0, -- failed sends
  cause text, -- why the last send failed
  created_at_ms bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
  quarantined_at_ms bigint
) WITH (
  -- Every row is inserted and deleted soon after: vacuum after 5,000 dead rows whatever the size, and do not dawdle.
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0
);
ALTER SEQUENCE concord_outbox_id_seq OWNED BY concord_outbox.id;
CREATE INDEX concord_outbox_waiting ON concord_outbox (partition, id) WHERE state = 'waiting';
CREATE INDEX concord_outbox_stopped ON concord_outbox (key, id) WHERE state <> 'waiting';
COMMENT ON TABLE concord_outbox IS 'Messages between the commit of a producer and the broker''s acknowledgement.';

CREATE FUNCTION concord_varint(value bigint) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  bytes bytea := '';
BEGIN
  WHILE value > 127 LOOP
    bytes := bytes || set_byte('\x00', 0, (value & 127)::integer | 128);
    value := value >> 7;
  END LOOP;
  RETURN bytes || set_byte('\x00', 0, value::integer);
END
$$;
COMMENT ON FUNCTION concord_varint IS
  'A protobuf varint: https://protobuf.dev/programming-guides/encoding/#varints. An outbox row''s body is its head, 0x30 (field 6), its id as varint, its tail.';

CREATE TABLE concord_inbox (
  consumer text NOT NULL, -- the consuming service
  source text NOT NULL, -- over 512 bytes: 'sha256:' and the hash in hex
  event_id uuid NOT NULL, -- lower-case UUID; other ids: UUIDv8 of the first 128 bits of their SHA-256
  day integer NOT NULL, -- UTC day YYYYMMDD of the time in the event's own UUIDv7; 0 for ids without a time
  event_time_ms bigint NOT NULL, -- that time; for ids without one the envelope's
  state text NOT NULL CHECK (state IN ('done', 'parked', 'dead')),
  redrives integer NOT NULL DEFAULT 0, -- redrives begun
  PRIMARY KEY (consumer, source, event_id, day)
) PARTITION BY RANGE (day);
COMMENT ON TABLE concord_inbox IS
  'Events that a consumer has handled, parked or given up, written with their effects. One partition per day, concord_inbox_YYYYMMDD, made ahead and dropped as a whole.';

CREATE TABLE concord_inbox_timeless PARTITION OF concord_inbox FOR VALUES FROM (MINVALUE) TO (1);
CREATE INDEX concord_inbox_timeless_time ON concord_inbox_timeless (event_time_ms);
COMMENT ON TABLE concord_inbox_timeless IS 'Events whose ids hold no time. Pruned row by row.';

CREATE TABLE concord_inbox_default PARTITION OF concord_inbox DEFAULT;
CREATE INDEX concord_inbox_default_time ON concord_inbox_default (event_time_ms);
COMMENT ON TABLE concord_inbox_default IS 'Events of days that have no partition of their own. Pruned row by row.';

CREATE TABLE concord_inbox_floor (
  id integer PRIMARY KEY CHECK (id = 1),
  first_day integer NOT NULL -- YYYYMMDD
);
COMMENT ON TABLE concord_inbox_floor IS
  'One row: the first day that the inbox still knows. Events of earlier days are too old to be handled.';

CREATE TABLE concord_operation (
  consumer text NOT NULL, -- the consuming service
  source text NOT NULL, -- over 512 bytes: 'sha256:' and the hash in hex
  type text NOT NULL,
  idempotency_key text NOT NULL, -- over 512 bytes: 'sha256:' and the hash in hex
  event_id uuid NOT NULL, -- as in concord_inbox
  PRIMARY KEY (consumer, source, type, idempotency_key)
);
COMMENT ON TABLE concord_operation IS
  'Business operations that a consumer has handled: two events of one operation have one effect.';

CREATE TABLE concord_cursor (
  consumer text NOT NULL,
  stream text NOT NULL,
  partition integer NOT NULL,
  sequence bigint, -- position in the stream; null before the first
  event_id text, -- what stood at that position, to see that the stream is still the same
  stream_created_at_ms bigint,
  event_time_ms bigint, -- inbox days before it may be dropped
  session_open boolean NOT NULL DEFAULT FALSE, -- a session reads the partition, or died reading it
  generation integer NOT NULL DEFAULT 0, -- how often the stream was found to be another one than before
  used_at_ms bigint, -- when a service that reads the stream last said so, by the database's clock; null: not yet
  PRIMARY KEY (consumer, stream, partition)
) WITH (fillfactor = 50); -- rows are only updated: room for their next versions on the same page
COMMENT ON TABLE concord_cursor IS
  'How far a consumer has come in each partition: everything up to there is settled in its inbox.';

CREATE TABLE concord_parked (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, -- names the row
  consumer text NOT NULL,
  stream text NOT NULL,
  partition integer NOT NULL,
  generation integer NOT NULL DEFAULT 0, -- the cursor's when it was parked: another stream gives the same sequences again
  sequence bigint NOT NULL, -- order within a key and generation
  key text, -- escaped key; events without one stand alone
  source text NOT NULL,
  event_id text NOT NULL,
  subject text NOT NULL,
  headers text NOT NULL, -- JSON object
  body bytea NOT NULL, -- original bytes
  stored_at_ms bigint NOT NULL,
  attempts integer NOT NULL, -- runs that failed
  redrives integer NOT NULL,
  due_at_ms bigint NOT NULL -- not run before; 0: as soon as it is the first of its key
) WITH (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX concord_parked_key ON concord_parked (consumer, stream, partition, key, generation, sequence, id);
COMMENT ON TABLE concord_parked IS 'Events that wait for another run, and the later ones of their keys.';

CREATE TABLE concord_attempt (
  consumer text NOT NULL,
  stream text NOT NULL,
  partition integer NOT NULL,
  sequence bigint NOT NULL,
  runs integer NOT NULL,
  PRIMARY KEY (consumer, stream, partition, sequence)
);
COMMENT ON TABLE concord_attempt IS
  'Runs of events that a session began and did not end: what kills the process is given up in the end.';

CREATE TABLE concord_lease (
  scope text NOT NULL, -- what is shared: the relay, or a consumer and stream
  partition integer NOT NULL,
  owner text NOT NULL,
  expires_at_ms bigint NOT NULL, -- by the database's clock
  PRIMARY KEY (scope, partition)
) WITH (fillfactor = 50);
COMMENT ON TABLE concord_lease IS 'Who works on which partition. It saves work; correctness does not depend on it.';

CREATE TABLE concord_lease_member (
  scope text NOT NULL,
  owner text NOT NULL,
  expires_at_ms bigint NOT NULL, -- by the database's clock
  PRIMARY KEY (scope, owner)
) WITH (fillfactor = 50);
COMMENT ON TABLE concord_lease_member IS 'Replicas that are alive, so that each takes its fair share of leases.';

CREATE TABLE concord_identity (
  only_row integer PRIMARY KEY CHECK (only_row = 1),
  id text NOT NULL
);
COMMENT ON TABLE concord_identity IS
  'The id of this database, which the broker keeps beside the service''s name: two databases of one name are refused.';

-- Made by whoever runs migrations, before the first one, under the lock of all who do.
COMMENT ON TABLE concord_migration IS
  'Migrations that ran: Concord''s own and the service''s. A file that ran is never changed, and none comes before it later.';
