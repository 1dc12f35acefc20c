# frozen_string_literal: true

require "json"
require_relative "../outbox/entry"
require_relative "base"
require_relative "outbox_insert"

module Concord
  module Store
    # An entry that waits to be sent. `id` rises per key in commit order; `key` is the escaped one; `attempts` says how often
    # sending it failed for a reason of its own. It is sent as it is: an {OutgoingMessage} with more to it.
    OutboxRow = Struct.new(:id, :partition, :key, :stream, :subject, :message_id, :headers, :body, :attempts)

    # Keeps messages between the commit of a producer and the broker's acknowledgement, in `concord_outbox`.
    class OutboxStore < Base
      # Rows looked at in one step behind a quarantined row, so that a long tail is soon marked.
      TAIL_PAGE = 1_000
      # Longest cause that is kept, in characters.
      MAX_CAUSE = 2_000
      ROW = OutboxRow.members.freeze
      private_constant :TAIL_PAGE, :MAX_CAUSE, :ROW

      def initialize(database, schema: nil)
        super
        @insert = OutboxInsert.for(database, schema:)
      end

      # Stores entries in the transaction that is open, in one statement on PostgreSQL.
      # @param entries [Array<Outbox::Entry>]
      # @return [Array<Integer>] their ids, in order
      # @raise [Error] `transaction_conflict`
      def insert(entries) = entries.empty? ? [] : @insert.call(entries)

      # Reads committed rows of one partition in the order of their ids, always from the lowest: a row of a smaller id may
      # become visible later, so there is no position to read on from (trap T1). Rows in quarantine and rows behind one of
      # their key are left out, without scanning them again at every call.
      # @param skip_keys [Array<String>] rows of these escaped keys are left out too; keyless rows stay
      # @return [Array<OutboxRow>]
      def read(partition, limit, skip_keys = [])
        page = limit
        loop do
          rows = read_page(partition, page, skip_keys)
          blocked, free = rows.partition { |row| truthy(row.delete(:blocked)) }
          hold(blocked) if blocked.any?
          return free.first(limit).map { |row| to_row(row) } if free.any? || rows.size < page

          page = [limit, TAIL_PAGE].max
        end
      end

      # Deletes rows that the broker has acknowledged. Any session may; missing rows are no fault.
      def delete(ids)
        return if ids.empty?

        query("DELETE FROM #{outbox} WHERE id IN #{dialect.elements("$1", "bigint")}", [dialect.list(ids)])
        nil
      end

      # Counts a failed attempt with its cause.
      def record_failure(id, cause)
        query("UPDATE #{outbox} SET attempts = attempts + 1, cause = $2 WHERE id = $1", [id, clean(cause)])
        nil
      end

      # Puts a row aside with its cause: only the later rows of its key wait behind it.
      def quarantine(id, cause)
        query("UPDATE #{outbox} SET state = 'quarantined', cause = $2, quarantined_at_ms = #{now} WHERE id = $1",
          [id, clean(cause)])
        nil
      end

      # @return [Array<Hash>] quarantined rows in the order of their ids, for people who repair them
      def list_quarantined(limit)
        query("SELECT id, key, type, event_id, subject, attempts, cause, quarantined_at_ms FROM #{outbox} " \
          "WHERE state = 'quarantined' ORDER BY id LIMIT $1", [limit])
      end

      # Lets a quarantined row and those behind it be sent again.
      # @return [Boolean] false when there is no such row
      def release(id)
        repair(id, "UPDATE #{outbox} SET state = 'waiting', quarantined_at_ms = NULL, cause = NULL, attempts = 0")
      end

      # Deletes a quarantined row, so that those behind it are sent.
      # @return [Boolean] false when there is no such row
      def drop(id) = repair(id, "DELETE FROM #{outbox}")

      # @return [Hash] `:waiting` and `:quarantined` rows, `:oldest_age_ms` of those that wait
      def status
        row = first(<<~SQL)
          SELECT count(*) FILTER (WHERE state <> 'quarantined') AS waiting,
            count(*) FILTER (WHERE state = 'quarantined') AS quarantined,
            #{now} - min(created_at_ms) FILTER (WHERE state <> 'quarantined') AS oldest_age_ms
          FROM #{outbox}
        SQL
        {**row, oldest_age_ms: [0, row[:oldest_age_ms].to_i].max}
      end

      # @return [Array<Integer>] partitions that have rows to send
      def pending_partitions
        all = Array.new(Outbox::PARTITIONS) { |partition| "(#{partition})" }.join(", ")
        query(<<~SQL).map { |row| row[:partition] }
          WITH p (partition) AS (VALUES #{all}) SELECT p.partition FROM p WHERE EXISTS
          (SELECT 1 FROM #{outbox} o WHERE o.partition = p.partition AND o.state = 'waiting') ORDER BY p.partition
        SQL
      end

      private

      def outbox = table("concord_outbox")

      # Names quarantined rows by the words of the index as well: SQLite uses a partial index only where its condition
      # stands in the statement, and would look at every earlier row for each that it reads.
      def quarantined?(row) = "#{row}.state <> 'waiting' AND #{row}.state = 'quarantined'"

      def truthy(value) = value == true || value == 1

      def read_page(partition, page, skip_keys)
        others = "AND (o.key IS NULL OR o.key NOT IN #{dialect.elements("$3", "text")})" if skip_keys.any?
        query(<<~SQL, [partition, page, *(dialect.list(skip_keys) if skip_keys.any?)])
          SELECT o.id, o.partition, o.key, o.stream, o.subject, o.message_id, o.headers, o.body, o.attempts,
            EXISTS (SELECT 1 FROM #{outbox} q WHERE q.key = o.key AND #{quarantined?("q")} AND q.id < o.id) AS blocked
          FROM #{outbox} o WHERE o.partition = $1 AND o.state = 'waiting' #{others}
          ORDER BY o.partition, o.id LIMIT $2
        SQL
      end

      # Marks rows as held as long as the row before them is still in quarantine; its lock makes a release wait.
      def hold(rows)
        query(<<~SQL, [dialect.list(rows.map { |row| row[:id] }), dialect.list(rows.map { |row| row[:key] }.uniq)])
          WITH q AS MATERIALIZED (SELECT o.id, o.key FROM #{outbox} o
            WHERE #{quarantined?("o")} AND o.key IN #{dialect.elements("$2", "text")} ORDER BY o.id #{dialect::FOR_SHARE})
          UPDATE #{outbox} SET state = 'held' WHERE state = 'waiting' AND id IN #{dialect.elements("$1", "bigint")}
            AND EXISTS (SELECT 1 FROM q WHERE q.key = #{outbox}.key AND q.id < #{outbox}.id)
        SQL
      end

      # Takes a row out of quarantine and lets its tail go. Two statements: the second sees what was held while the first
      # waited for a row's lock.
      def repair(id, change)
        database.transaction do
          row = first("#{change} WHERE id = $1 AND state = 'quarantined' RETURNING key", [id])
          next false unless row

          query(<<~SQL, [row[:key]])
            UPDATE #{outbox} SET state = 'waiting' WHERE key = $1 AND state <> 'waiting' AND state = 'held' AND NOT EXISTS
            (SELECT 1 FROM #{outbox} q WHERE q.key = #{outbox}.key AND #{quarantined?("q")} AND q.id < #{outbox}.id)
          SQL
          true
        end
      end

      def to_row(row)
        row[:headers] = headers_of(row[:headers])
        OutboxRow.new(*row.values_at(*ROW))
      end

      # Most rows have the headers of the one before.
      def headers_of(text)
        known_text, known = @headers
        return known if text == known_text

        parsed = JSON.parse(text).freeze
        @headers = [text, parsed].freeze
        parsed
      end

      # PostgreSQL's text holds no NUL.
      def clean(cause) = cause.scrub.delete("\0")[0, MAX_CAUSE]
    end
  end
end
