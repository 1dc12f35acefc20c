# frozen_string_literal: true

require_relative "../error"

module Concord
  module Consumer
    # Ends sessions in order: what runs is finished, the position stored, the cursor closed. Whatever fails here only costs
    # reading again.
    class SessionEnds
      # @param source [StreamSource]
      # @param stores [Stores]
      # @param writer [CursorWriter]
      # @param given_up [Cancellation] comes when nobody waits for handlers any longer
      def initialize(source:, transport:, stores:, writer:, given_up:, probe:, log:)
        @source = source
        @transport = transport
        @stores = stores
        @writer = writer
        @given_up = given_up
        @probe = probe
        @log = log
      end

      # One whose handlers were given up stays open: what they were about is run alone next time, and counted before, as after
      # a crash.
      # @param session [PartitionSession]
      # @param suspect_until [Integer] up to here parked events of the partition are suspects; 0 when none is
      def call(session, suspect_until)
        ended = session.stop(@given_up)
        @probe.reach("drain.stop")
        @writer.flush
        @probe.reach("drain.store")
        @stores.attempts.clear(session.ref, session.cursor.sequence) if suspect_until.positive?
        close(session.ref) if ended && !suspects_left?(session, suspect_until)
      rescue Error => error
        @log.warn("the position was not stored at the end; events may be read again", **session.ref.to_h,
          cause: error.message)
      end

      # Says of a partition that its sessions ended in order.
      # @param ref [Store::PartitionRef]
      def close(ref) = @stores.cursor.close(ref)

      private

      # An event that killed the process and has not run since must stay a suspect, or its next run is not counted: every
      # second start would die of it, for ever. A parked one that ran when the process died is due again.
      def suspects_left?(session, suspect_until)
        return false unless suspect_until.positive?

        session.suspects_left?(read_to: read_to(session, suspect_until)) ||
          @stores.parking.next_due_in_ms([session.ref])&.zero?
      end

      # A filter shows only what matches it: whether there is more before a sequence, the broker knows.
      def read_to(session, suspect_until)
        last_read = session.last_read
        return last_read if last_read >= suspect_until

        following = @transport.next_message(@source.stream, @source.filter_of(session.ref.partition), last_read)
        (following && following.sequence <= suspect_until) ? last_read : suspect_until
      end
    end
  end
end
