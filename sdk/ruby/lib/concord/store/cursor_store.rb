# frozen_string_literal: true

require_relative "base"

module Concord
  module Store
    # How far a consumer has come in one partition: everything up to `sequence` is settled in its inbox. `event_id` tells
    # what stood there and `stream_created_at_ms` in which stream, to see that it is still the same (trap T26);
    # `event_time_ms` is the time of the event there: inbox days before it may be dropped.
    Cursor = Struct.new(:sequence, :event_id, :stream_created_at_ms, :event_time_ms, keyword_init: true)

    # Keeps positions in `concord_cursor`.
    class CursorStore < Base
      COLUMNS = "consumer, stream, partition, sequence, event_id, stream_created_at_ms, event_time_ms"
      WHERE = "consumer = $1 AND stream = $2 AND partition = $3"
      LATER = "WHERE c.sequence IS NULL OR excluded.sequence > c.sequence " \
        "OR (excluded.sequence = c.sequence AND excluded.event_time_ms > c.event_time_ms)"
      private_constant :COLUMNS, :WHERE, :LATER

      # @return [Cursor, nil]
      def load(ref)
        row = first("SELECT #{COLUMNS} FROM #{cursor} WHERE #{WHERE} AND sequence IS NOT NULL", ref.to_a)
        row && to_cursor(row)
      end

      # Keeps the larger of the stored and the given positions, in one statement for all.
      # @param positions [Hash{PartitionRef => Cursor}]
      def advance(positions)
        write(positions, LATER) unless positions.empty?
      end

      # Sets a position, smaller ones too: after the stream lost events, and for replays.
      # @param other_stream [Boolean] the stream is not the one that it was: its sequences say something else from now on
      def rewind(ref, position, other_stream: false)
        write({ref => position}, other_stream ? ", generation = c.generation + 1" : "")
      end

      # Says that a session reads the partition.
      # @return [Boolean] whether an earlier one did not end in order
      def open(ref)
        known = first("SELECT 1 AS known FROM #{cursor} WHERE #{WHERE} AND session_open", ref.to_a)
        query(<<~SQL, ref.to_a)
          INSERT INTO #{cursor} (consumer, stream, partition, session_open) VALUES ($1, $2, $3, TRUE)
          ON CONFLICT (consumer, stream, partition) DO UPDATE SET session_open = TRUE
        SQL
        !known.nil?
      end

      # Says that the session ended in order.
      def close(ref)
        query("UPDATE #{cursor} SET session_open = FALSE WHERE #{WHERE}", ref.to_a)
        nil
      end

      # @return [Hash{PartitionRef => Cursor}] all positions of a consumer
      def list(consumer)
        query("SELECT #{COLUMNS} FROM #{cursor} WHERE consumer = $1 AND sequence IS NOT NULL ORDER BY stream, partition",
          [consumer]).to_h { |row| [PartitionRef.new(*row.values_at(:consumer, :stream, :partition)), to_cursor(row)] }
      end

      private

      def cursor = table("concord_cursor")

      # One order for all who write several rows, so that two of them cannot wait for each other.
      def write(positions, condition)
        rows = positions.sort_by { |ref, _| [ref.stream, ref.partition] }
        query(<<~SQL, rows.flat_map { |ref, position| [*ref.to_a, *position.to_a] })
          INSERT INTO #{cursor} AS c (#{COLUMNS}) VALUES #{placeholders(rows.size, 7)}
          ON CONFLICT (consumer, stream, partition) DO UPDATE SET sequence = excluded.sequence,
            event_id = excluded.event_id, stream_created_at_ms = excluded.stream_created_at_ms,
            event_time_ms = excluded.event_time_ms #{condition}
        SQL
        nil
      end

      def to_cursor(row) = Cursor.new(**row.slice(*Cursor.members))
    end
  end
end
