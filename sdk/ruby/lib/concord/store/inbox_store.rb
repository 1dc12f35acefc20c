# frozen_string_literal: true

require_relative "base"
require_relative "inbox_days"
require_relative "inbox_id"

module Concord
  module Store
    # One event for one consumer. `time_ms` is that of the envelope: by it an event whose id holds no time is too old or
    # not. Default: now, so that such an event is never too old.
    InboxRef = Struct.new(:consumer, :source, :event_id, :time_ms, keyword_init: true)

    # What {InboxStore#claim} found. `kind` is `:claimed` (the row was not there; it is now, as `done`, once the transaction
    # commits; `key_parked` tells whether events of the key asked about wait), `:duplicate` (with its `state` and `redrives`),
    # or `:too_old` (the event's day was dropped, so nobody can tell whether it was handled).
    InboxClaim = Struct.new(:kind, :key_parked, :state, :redrives, keyword_init: true)

    # Remembers which events a consumer has handled, in `concord_inbox` and `concord_operation`, in the same transactions
    # as their effects.
    class InboxStore < Base
      # Rows deleted in one transaction, so that a prune never keeps others waiting for long.
      PRUNE_BATCH = 5_000
      CLAIMED = InboxClaim.new(kind: :claimed, key_parked: false).freeze
      CLAIMED_BEHIND = InboxClaim.new(kind: :claimed, key_parked: true).freeze
      private_constant :PRUNE_BATCH, :CLAIMED, :CLAIMED_BEHIND

      def initialize(database, schema: nil)
        super
        @days = InboxDays.new(database, schema: schema)
        @claim_sql = {false => claim_sql(false), true => claim_sql(true)}.freeze
      end

      # Inserts the event's row as the first statement of the handler's transaction. A concurrent claim of the same event
      # waits for this transaction's end and then finds a duplicate, or claims it when this one rolled back.
      # @param ref [InboxRef]
      # @param parked_key [Array(PartitionRef, String), nil] asks in the same statement whether earlier events of the escaped
      #   key wait
      # @return [InboxClaim]
      def claim(ref, parked_key = nil)
        key, time_ms = row_key(ref)
        day = key.last
        if time_ms.nil?
          time_ms = ref.time_ms || (Time.now.to_f * 1000).to_i
          day = InboxId.day(time_ms)
        end
        values = [*key, time_ms, day]
        values.push(parked_key[0].stream, parked_key[0].partition, parked_key[1]) if parked_key
        row = first(@claim_sql.fetch(!parked_key.nil?), values)
        return find(key) unless row

        truthy(row[:parked]) ? CLAIMED_BEHIND : CLAIMED
      end

      # Changes the state of a claimed row: `done`, `parked` or `dead`.
      def set_state(ref, state)
        key, = row_key(ref)
        query("UPDATE #{inbox} SET state = $5 WHERE #{where}", [*key, state])
        nil
      end

      # Claims a business operation; the same event claims it again after a redrive.
      # @return [Boolean] false when another event of it was handled before
      def claim_operation(consumer:, source:, type:, idempotency_key:, event_id:)
        values = [consumer, *[source, type, idempotency_key].map { |text| InboxId.indexed(text) }, InboxId.parse(event_id)[0]]
        inserted = first(<<~SQL, values)
          INSERT INTO #{operation} (consumer, source, type, idempotency_key, event_id)
          VALUES ($1, $2, $3, $4, #{dialect.uuid("$5")}) ON CONFLICT DO NOTHING RETURNING 1 AS one
        SQL
        !(inserted || first(<<~SQL, values)).nil?
          SELECT 1 AS one FROM #{operation} WHERE consumer = $1 AND source = $2 AND type = $3 AND idempotency_key = $4
          AND event_id = #{dialect.uuid("$5")}
        SQL
      end

      # Takes a dead event back to `parked` for its redrive of that number (trap T38).
      # @param again [Boolean] takes a handled event back too, for a replay that repeats effects
      # @return [Boolean] false when it is in another state or was redriven that often already: a redrive sent twice is
      #   harmless
      def reopen(ref, redrive, again: false)
        key, = row_key(ref)
        states = again ? "state IN ('dead', 'done')" : "state = 'dead'"
        query("UPDATE #{inbox} SET state = 'parked', redrives = $5 WHERE #{where} AND #{states} AND redrives < $5 " \
          "RETURNING 1 AS one", [*key, redrive]).any?
      end

      # Drops days before a time that every cursor in use has passed (trap T8), and prunes the rows of ids without a time.
      # @param consumer [String, nil] who reads `streams` now, so that their cursors are in use; those of other streams are
      #   until nobody has named them since that time. Without it all cursors count.
      # @param streams [Array<String>] names at the broker
      # @return [Integer] rows dropped
      def prune(before_ms, consumer: nil, streams: [])
        note_use(consumer, streams) if streams.any?
        first_day = find_first_day(before_ms, consumer, streams)
        return 0 unless first_day

        @days.raise_floor(first_day) + @days.pruned_by_row.sum { |name| delete_before(table(name), first_day) }
      end

      # @return [Hash] `:rows`, `:operations` and `:oldest_day` (`YYYY-MM-DD`, nil while nothing was dropped)
      def status
        row = first("SELECT (SELECT count(*) FROM #{inbox}) AS rows, (SELECT count(*) FROM #{operation}) AS operations, " \
          "(SELECT max(first_day) FROM #{table("concord_inbox_floor")}) AS day")
        day = row[:day] && format("%d-%02d-%02d", row[:day] / 10_000, row[:day] / 100 % 100, row[:day] % 100)
        {rows: row[:rows], operations: row[:operations], oldest_day: day}
      end

      private

      def inbox = table("concord_inbox")

      def operation = table("concord_operation")

      def where = @where ||= "consumer = $1 AND source = $2 AND event_id = #{dialect.uuid("$3")} AND day = $4"

      def claim_sql(with_key)
        floor = "(SELECT coalesce(max(first_day), 0) FROM #{table("concord_inbox_floor")})"
        parked = "EXISTS (SELECT 1 FROM #{table("concord_parked")} p WHERE p.consumer = $1 AND p.stream = $7 " \
          "AND p.partition = $8 AND p.key = $9)"
        <<~SQL
          INSERT INTO #{inbox} (consumer, source, event_id, day, event_time_ms, state, redrives)
          SELECT $1, $2, #{dialect.uuid("$3")}, CAST($4 AS integer), CAST($5 AS bigint), 'done', 0
          WHERE CAST($6 AS integer) >= #{floor}
          ON CONFLICT DO NOTHING RETURNING #{with_key ? parked : "FALSE"} AS parked
        SQL
      end

      def row_key(ref)
        uuid, time_ms = InboxId.parse(ref.event_id)
        [[ref.consumer, InboxId.indexed(ref.source), uuid, time_ms ? InboxId.day(time_ms) : InboxId::NO_DAY], time_ms]
      end

      # SQLite has no booleans.
      def truthy(value) = value == true || value == 1

      def find(key)
        row = first("SELECT state, redrives FROM #{inbox} WHERE #{where}", key)
        row ? InboxClaim.new(kind: :duplicate, **row) : InboxClaim.new(kind: :too_old)
      end

      # Cursors that nobody has ever named begin their time with this call.
      def note_use(consumer, streams)
        query("UPDATE #{table("concord_cursor")} SET used_at_ms = #{now} WHERE used_at_ms IS NULL OR #{read_by(streams, 1)}",
          [consumer, *streams])
      end

      def read_by(streams, first)
        names = streams.each_index.map { |index| "$#{first + index + 1}" }
        "(consumer = $#{first} AND stream IN (#{names.join(", ")}))"
      end

      # The first day to keep: none that is younger than asked, none that a cursor in use has not passed.
      def find_first_day(before_ms, consumer, streams)
        used = streams.any? ? "WHERE used_at_ms >= $1 OR #{read_by(streams, 2)}" : ""
        passed = first("SELECT min(coalesce(event_time_ms, 0)) AS passed FROM #{table("concord_cursor")} #{used}",
          streams.any? ? [before_ms, consumer, *streams] : [])[:passed]
        passed = passed ? [before_ms, passed].min : before_ms
        InboxId.day(passed) if passed > 0
      end

      def delete_before(name, first_day)
        key = "(consumer, source, event_id, day)"
        text = "DELETE FROM #{name} WHERE #{key} IN (SELECT consumer, source, event_id, day FROM #{name} " \
          "WHERE event_time_ms < $1 LIMIT #{PRUNE_BATCH}) RETURNING 1 AS one"
        deleted = 0
        loop do
          rows = query(text, [InboxId.day_start_ms(first_day)]).size
          deleted += rows
          return deleted if rows < PRUNE_BATCH
        end
      end
    end
  end
end
