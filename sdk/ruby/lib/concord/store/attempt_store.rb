# frozen_string_literal: true

require_relative "base"

module Concord
  module Store
    # Counts runs of events that a session began and did not end, in `concord_attempt`, so that an event which kills the
    # process is a dead letter in the end.
    class AttemptStore < Base
      # Counts one more run of an event, committed before it runs.
      # @return [Integer] the count
      def begin(ref, sequence)
        attempt = table("concord_attempt")
        first(<<~SQL, [*ref.to_a, sequence]).fetch(:runs)
          INSERT INTO #{attempt} AS a (consumer, stream, partition, sequence, runs) VALUES ($1, $2, $3, $4, 1)
          ON CONFLICT (consumer, stream, partition, sequence) DO UPDATE SET runs = a.runs + 1 RETURNING runs
        SQL
      end

      # Takes back what was counted of a run, because it came to an end.
      def take_back(ref, sequence)
        query("UPDATE #{table("concord_attempt")} SET runs = runs - 1 WHERE consumer = $1 AND stream = $2 AND partition = $3 " \
          "AND sequence = $4 AND runs > 0", [*ref.to_a, sequence])
        nil
      end

      # Forgets the counts up to a sequence.
      def clear(ref, up_to)
        query("DELETE FROM #{table("concord_attempt")} WHERE consumer = $1 AND stream = $2 AND partition = $3 " \
          "AND sequence <= $4", [*ref.to_a, up_to])
        nil
      end
    end
  end
end
