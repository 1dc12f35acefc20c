# frozen_string_literal: true

require "json"
require_relative "base"

module Concord
  module Store
    # An event that waits in the database, with all that is needed to run it. `key` is the escaped one; `attempts` are runs
    # that failed; it is not run before `due_at_ms` by the database's clock, with 0 as soon as it is the first of its key.
    # `id` names the row, which the sequence does not: a stream that was made anew gives the same sequences again.
    ParkedEvent = Struct.new(:consumer, :stream, :partition, :sequence, :key, :source, :event_id, :subject, :headers, :body,
      :stored_at_ms, :attempts, :redrives, :due_at_ms, :id, keyword_init: true) do
      # The partition in which it waits.
      def ref = PartitionRef.new(consumer, stream, partition)
    end

    # Keeps waiting events in `concord_parked`, so that they hold no handler slot and no other key.
    class ParkingStore < Base
      COLUMNS = "consumer, stream, partition, sequence, key, source, event_id, subject, headers, body, stored_at_ms, " \
        "attempts, redrives, due_at_ms"
      WHERE = "consumer = $1 AND stream = $2 AND partition = $3"
      private_constant :COLUMNS, :WHERE

      # Adds an event, within the transaction that claimed its inbox row. `delay_ms` counts from now by the database's clock.
      # @param event [ParkedEvent] without `due_at_ms` and `id`
      def park(event, delay_ms)
        values = event.to_a[0, 13]
        values[8] = JSON.generate(event.headers)
        values[9] = dialect.bytes(event.body)
        generation = "coalesce((SELECT generation FROM #{table("concord_cursor")} WHERE #{WHERE}), 0)"
        query("INSERT INTO #{parked} (#{COLUMNS}, generation) VALUES (#{(1..13).map { |n| "$#{n}" }.join(", ")}, " \
          "#{due("$14")}, #{generation})", [*values, delay_ms])
        nil
      end

      # Locks and gives the lowest parked event of a key that is due, passing over keys that another session works on.
      # @param refs [Array<PartitionRef>]
      # @return [ParkedEvent, nil]
      def claim_due(refs)
        return if refs.empty?

        row = first(<<~SQL, refs.flat_map(&:to_a))
          SELECT id, #{COLUMNS} FROM #{parked} p WHERE p.due_at_ms <= #{now} AND #{heads(refs.size)}
          ORDER BY p.due_at_ms, p.generation, p.sequence LIMIT 1 #{dialect::SKIP_LOCKED}
        SQL
        row && ParkedEvent.new(**row, headers: JSON.parse(row[:headers]))
      end

      # Keeps a claimed event for another run after `delay_ms`, with its attempts.
      def postpone(event, attempts, delay_ms)
        query("UPDATE #{parked} SET attempts = $2, due_at_ms = #{due("$3")} WHERE id = $1", [event.id, attempts, delay_ms])
        nil
      end

      # Takes out an event that is settled.
      def remove(event)
        query("DELETE FROM #{parked} WHERE id = $1", [event.id])
        nil
      end

      # @return [Integer, nil] milliseconds until the next head is due; 0 when one is, nil when none is parked
      def next_due_in_ms(refs)
        return if refs.empty?

        wait = first("SELECT min(p.due_at_ms) - #{now} AS wait FROM #{parked} p WHERE #{heads(refs.size)}",
          refs.flat_map(&:to_a)).fetch(:wait)
        wait && [0, wait].max
      end

      # @return [Integer] number of parked events of a partition
      def count(ref) = first("SELECT count(*) AS count FROM #{parked} WHERE #{WHERE}", ref.to_a).fetch(:count)

      private

      def parked = table("concord_parked")

      # The condition for the first events of their keys in some partitions. That an event is first is asked anew at every
      # call: a mark kept in the row could miss the tail that arrives while its head is taken out.
      def heads(count)
        refs = Array.new(count) { |n| "($#{3 * n + 1}, $#{3 * n + 2}, CAST($#{3 * n + 3} AS integer))" }
        <<~SQL
          (p.consumer, p.stream, p.partition) IN (VALUES #{refs.join(", ")})
          AND (p.key IS NULL OR p.id = (SELECT e.id FROM #{parked} e WHERE e.consumer = p.consumer
            AND e.stream = p.stream AND e.partition = p.partition AND e.key = p.key
            ORDER BY e.generation, e.sequence, e.id LIMIT 1))
        SQL
      end

      # An event without a delay is due as soon as it is the first of its key.
      def due(delay)
        "CASE WHEN CAST(#{delay} AS bigint) <= 0 THEN 0 ELSE #{now} + CAST(#{delay} AS bigint) END"
      end
    end
  end
end
