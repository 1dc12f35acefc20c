# frozen_string_literal: true

require_relative "base"
require_relative "inbox_id"

module Concord
  module Store
    # Keeps PostgreSQL's inbox in partitions of a day and drops whole ones. An event's day is that of its own time, so that a
    # late duplicate finds the row of its first delivery, or finds that day dropped. SQLite deletes row by row.
    class InboxDays < Base
      # Days that have a partition ahead of time, today included.
      DAYS_AHEAD = 3
      DAY_MS = 86_400_000
      # A drop waits this long for the handlers under way; new ones wait behind it.
      DROP_TIMEOUT = "SET LOCAL lock_timeout = '1s'"
      # A new partition waits this long for events of the default partition.
      ADD_TIMEOUT = "SET LOCAL lock_timeout = '200ms'"
      LOCK_REPLICAS = "SELECT pg_advisory_xact_lock(hashtextextended('concord_inbox', 7))"
      # PostgreSQL's answer when the default partition has rows that belong into the new one.
      CHECK_VIOLATION = "23514"
      private_constant :DAYS_AHEAD, :DAY_MS, :DROP_TIMEOUT, :ADD_TIMEOUT, :LOCK_REPLICAS, :CHECK_VIOLATION

      # Tables whose rows are deleted one by one.
      def pruned_by_row = postgres? ? %w[concord_inbox_timeless concord_inbox_default] : %w[concord_inbox]

      # Raises the first day that is kept and drops the partitions before it in the same transaction.
      # @return [Integer] rows dropped
      def raise_floor(first_day)
        return raise_row(first_day) && 0 unless postgres?

        add_days(first_day)
        raised?(first_day) ? 0 : drop_days(first_day)
      end

      private

      def postgres? = database.name == :postgres

      def inbox = table("concord_inbox")

      def floor = table("concord_inbox_floor")

      def raised?(first_day) = query("SELECT 1 AS one FROM #{floor} WHERE first_day >= $1", [first_day]).any?

      def raise_row(first_day)
        query(<<~SQL, [first_day])
          INSERT INTO #{floor} AS f (id, first_day) VALUES (1, $1)
          ON CONFLICT (id) DO UPDATE SET first_day = excluded.first_day WHERE excluded.first_day > f.first_day
        SQL
      end

      # Alone: no claim is under way then, and those that come later see the new floor, so that none can insert the row of
      # an event whose first row is gone.
      def drop_days(first_day)
        database.transaction do
          database.run(DROP_TIMEOUT)
          database.run("LOCK TABLE #{inbox} IN ACCESS EXCLUSIVE MODE")
          raise_row(first_day)
          days.select { |day| day < first_day }.sum { |day| drop_day(day) }
        end
      end

      # Asked of the catalog's tables: `to_regclass` may answer from a cache that does not know of another replica's table.
      def days
        query("SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid " \
          "WHERE i.inhparent = '#{inbox}'::regclass AND c.relname ~ '^concord_inbox_[0-9]+$' ORDER BY 1")
          .map { |row| row[:name].delete_prefix("concord_inbox_").to_i }
      end

      def drop_day(day)
        name = table("concord_inbox_#{day}")
        rows = first("SELECT count(*) AS count FROM #{name}")[:count]
        database.run("DROP TABLE #{name}")
        rows
      end

      # Makes the partitions of today and the next days. Where that fails, the default partition takes the day.
      def add_days(first_day)
        today = first("SELECT #{now} AS now")[:now]
        DAYS_AHEAD.times do |ahead|
          day = InboxId.day(today + ahead * DAY_MS)
          add_day(day) if day >= first_day && !days.include?(day)
        end
      end

      # Attached and not made in place: that would wait for every handler, this only for events of the default partition.
      def add_day(day)
        name = table("concord_inbox_#{day}")
        database.transaction do
          database.run(ADD_TIMEOUT)
          database.run(LOCK_REPLICAS)
          next if days.include?(day)

          database.run("CREATE TABLE #{name} (LIKE #{inbox} INCLUDING ALL)")
          database.run("ALTER TABLE #{inbox} ATTACH PARTITION #{name} FOR VALUES FROM (#{day}) TO (#{day + 1})")
        end
      rescue Error => error
        raise unless error.code == :transaction_conflict
      rescue *Sql::Failures.classes => error
        raise unless Sql::Failures.sql_state(Sql::Failures.unwrap(error)) == CHECK_VIOLATION
      end
    end
  end
end
