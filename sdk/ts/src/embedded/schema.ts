/** Marks an SQLite file as Concord's: the letters `CNCD`. */
export const applicationId = 0x434e4344;

/** Version of the tables below. */
export const schemaVersion = 1;

/** The tables of the file but for the messages, which have one table for each stream. */
export const schema = `
-- A stream, what its contract wants and where it stands. The counts save reading all messages when the file is opened.
CREATE TABLE stream (
  id               INTEGER PRIMARY KEY,
  name             TEXT    NOT NULL UNIQUE,
  subjects         TEXT    NOT NULL, -- JSON array of filters
  partitions       INTEGER NOT NULL,
  retention_ms     INTEGER NOT NULL,
  dedupe_window_ms INTEGER NOT NULL,
  max_bytes        INTEGER,          -- none: no limit
  max_messages     INTEGER,
  owner            TEXT,             -- the database behind it, see StreamSpec
  created_at       INTEGER NOT NULL, -- milliseconds since the epoch, as all times here
  last_sequence    INTEGER NOT NULL DEFAULT 0,
  messages         INTEGER NOT NULL DEFAULT 0,
  bytes            INTEGER NOT NULL DEFAULT 0
);
-- The position of an acknowledging consumer: everything up to it was delivered once.
CREATE TABLE durable (
  id       INTEGER PRIMARY KEY,
  stream   INTEGER NOT NULL REFERENCES stream (id),
  name     TEXT    NOT NULL,
  filter   TEXT    NOT NULL,
  position INTEGER NOT NULL DEFAULT 0,
  UNIQUE (stream, name)
);
-- A message that a durable delivered and that is not acknowledged.
CREATE TABLE pending (
  durable    INTEGER NOT NULL REFERENCES durable (id),
  sequence   INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  due_at     INTEGER NOT NULL, -- when to deliver it again
  in_hand    INTEGER NOT NULL, -- 1: someone works on it; 0: it waits for its retry
  PRIMARY KEY (durable, sequence)
) WITHOUT ROWID;
`;

/**
 * The messages of one stream. A table for each keeps every append at the end of its tree and lets a stream be read in
 * order by row id; the index makes the reader of one partition skip the others.
 */
export function messageTable(streamId: number): string {
  return `
CREATE TABLE message_${streamId} (
  sequence   INTEGER PRIMARY KEY,
  partition  INTEGER NOT NULL, -- -1: the subject is none of Concord's form
  stored_at  INTEGER NOT NULL,
  size       INTEGER NOT NULL, -- what the message counts against the limit of bytes
  message_id TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  headers    TEXT    NOT NULL, -- JSON object
  body       BLOB    NOT NULL
);
CREATE INDEX message_${streamId}_partition ON message_${streamId} (partition);
`;
}
