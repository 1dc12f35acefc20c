# frozen_string_literal: true

require "json"
require_relative "base"

module Concord
  module Store
    # How rows come into `concord_outbox`: their ids rise per key in commit order, and each body carries its id as the
    # sequence of its envelope (`migrations/README.md`).
    module OutboxInsert
      # Makes the insert of a database.
      def self.for(database, schema: nil)
        ((database.name == :postgres) ? Postgres : Sqlite).new(database, schema:)
      end

      # What both have in common.
      class Insert < Base
        private

        # An entry's columns, without head and tail.
        def columns(entry)
          [entry.partition, entry.key, entry.stream, entry.subject, entry.message_id, JSON.generate(entry.headers),
            entry.type, entry.event_id]
        end
      end

      # Takes the locks of the keys, all in one order, before it draws their ids. So a second transaction of a key draws its
      # ids after the first one's commit. A transaction with few keys locks each of them, and shares the lock of its stripe;
      # one with many locks the stripes alone: locks live in a shared memory of fixed size, 6,400 of them by default.
      class Postgres < Insert
        MAX_KEY_LOCKS = 1_000
        STRIPES = 256
        COLUMNS = "partition, key, stream, subject, message_id, headers, type, event_id"
        private_constant :MAX_KEY_LOCKS, :STRIPES, :COLUMNS

        def initialize(database, schema: nil)
          super
          @one = one_sql
          @many = {key: many_sql(:key), stripe: many_sql(:stripe)}.freeze
        end

        # @return [Array<Integer>] the ids, in the order of the entries
        def call(entries)
          level = lock_level(entries)
          rows = if entries.one? && level == :key
            query(@one, one_values(entries.first))
          else
            query(@many.fetch(level), many_values(entries))
          end
          rows.map { |row| row[:id] }
        end

        private

        def one_values(entry)
          [*columns(entry), dialect.bytes(entry.head), dialect.bytes(entry.tail)]
        end

        def many_values(entries)
          texts = entries.map { |entry| columns(entry) }.transpose.map { |column| dialect.list(column) }
          [*texts, dialect.bytes_list(entries.map(&:head)), dialect.bytes_list(entries.map(&:tail))]
        end

        def lock_level(entries)
          locked = database.count_in_transaction(entries.map(&:key).uniq.size)
          (locked > MAX_KEY_LOCKS) ? :stripe : :key
        end

        # `l` takes the locks; the id is drawn by what reads `l`, so after it. Nothing is locked for a key that is null.
        def one_sql
          <<~SQL
            WITH l AS MATERIALIZED (SELECT #{locks(:key).join(", ")}
              FROM (SELECT hashtextextended($2, #{oid}) AS hash OFFSET 0) h)
            INSERT INTO #{outbox} (id, #{COLUMNS}, body)
            SELECT id, $1::smallint, $2, $3, $4, $5, $6, $7, $8, #{body("$9::bytea", "$10::bytea")}
            FROM (SELECT #{draw} AS id FROM l OFFSET 0) r
            RETURNING id
          SQL
        end

        # `l` gives one row when all locks are held; without a reference to it PostgreSQL would not run it at all. It takes
        # them in one order, stripe by stripe and in each by hash, as everybody does (trap T32).
        def many_sql(level)
          hash = "hashtextextended(key, #{oid})"
          <<~SQL
            WITH i AS MATERIALIZED (
              SELECT t.* FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::text[], $9::bytea[], $10::bytea[]) WITH ORDINALITY AS t (#{COLUMNS}, head, tail, n)
            ), l AS MATERIALIZED (
              SELECT #{locks(level).map { |lock| "count(#{lock})" }.join(", ")} FROM (SELECT #{hash} AS hash FROM i
                WHERE key IS NOT NULL GROUP BY #{hash} ORDER BY #{hash} & #{STRIPES - 1}, #{hash} OFFSET 0) d
            )
            INSERT INTO #{outbox} (id, #{COLUMNS}, body) SELECT id, #{COLUMNS}, #{body("head", "tail")}
            FROM (SELECT #{draw} AS id, s.* FROM (SELECT i.* FROM i, l ORDER BY n OFFSET 0) s OFFSET 0) r
            RETURNING id
          SQL
        end

        def outbox = table("concord_outbox")

        # The table's oid, which the locks are named by.
        def oid = "'#{outbox}'::regclass::oid::integer"

        def draw = "nextval('#{table("concord_outbox_id_seq")}')"

        # Calls that lock a `hash`, the stripe's first.
        def locks(level)
          stripe = "(#{oid}, (hash & #{STRIPES - 1})::integer)"
          return ["pg_advisory_xact_lock#{stripe}"] if level == :stripe

          ["pg_advisory_xact_lock_shared#{stripe}", "pg_advisory_xact_lock(hash)"]
        end

        # Field 6 of the envelope is the row's id as a varint; an entry without a tail is complete as it is.
        def body(head, tail)
          "CASE WHEN #{tail} IS NULL THEN #{head} " \
            "ELSE #{head} || '\\x30'::bytea || #{table("concord_varint")}(id) || #{tail} END"
        end
      end

      # Draws the ids itself: whoever has the writer holds the lock of every key.
      class Sqlite < Insert
        # Tag of field 6 of the envelope, a varint: https://protobuf.dev/programming-guides/encoding/
        SEQUENCE_TAG = 0x30
        private_constant :SEQUENCE_TAG

        # @return [Array<Integer>] the ids, in the order of the entries
        def call(entries)
          last = first("SELECT seq FROM sqlite_sequence WHERE name = 'concord_outbox'")&.fetch(:seq) || 0
          entries.each.with_index(last + 1).map { |entry, id| insert(entry, id) }
        end

        private

        def insert(entry, id)
          query(<<~SQL, [id, *columns(entry), dialect.bytes(body(entry, id))])
            INSERT INTO #{table("concord_outbox")} (id, partition, key, stream, subject, message_id, headers, type, event_id,
              body, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, #{now})
          SQL
          id
        end

        def body(entry, id)
          return entry.head unless entry.tail

          entry.head.b << SEQUENCE_TAG << varint(id) << entry.tail
        end

        def varint(value)
          bytes = []
          while value > 0x7f
            bytes << ((value & 0x7f) | 0x80)
            value >>= 7
          end
          (bytes << value).pack("C*")
        end
      end
    end
  end
end
