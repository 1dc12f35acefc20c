# frozen_string_literal: true

require_relative "cursor_writer"

module Concord
  module Consumer
    # The messages of a partition that an earlier session may have died of. Not safe in many threads: its session guards it.
    class Suspects
      # Messages behind a position that an earlier session can have begun: what it read ahead and what it had not stored.
      # @param read_ahead [Integer]
      def self.window(read_ahead) = read_ahead + CursorWriter::MAX_MOVES

      # @return [Integer] none lies beyond this sequence; 0 when the earlier session ended in order
      attr_reader :up_to

      # @param up_to [Integer]
      # @param window [Integer] most that there can be
      def initialize(up_to, window)
        @up_to = up_to
        @untaken = up_to.positive? ? window : 0
        @unsettled = 0
      end

      # Takes the next message that is handled.
      # @return [Boolean] whether it is one
      def take(sequence)
        return false unless sequence <= @up_to && @untaken.positive?

        @untaken -= 1
        @unsettled += 1
        true
      end

      # Says that one was settled.
      def settled = @unsettled -= 1

      # @return [Boolean] whether one is not settled, or may not have been read
      # @param last_read [Integer] up to here there is none that was not taken
      def left?(last_read) = @unsettled.positive? || (@untaken.positive? && last_read < @up_to)
    end
  end
end
