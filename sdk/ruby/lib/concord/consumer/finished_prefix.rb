# frozen_string_literal: true

require_relative "message_identity"

module Concord
  module Consumer
    # Follows the end of the contiguous finished prefix. Messages finish in any order; the position never passes one that is
    # not finished, because after a crash nobody would read it again. Not safe in many threads: its session guards it.
    class FinishedPrefix
      # One message between reading and finishing. `what` is the message while it may soon be the position, else only what a
      # position remembers: bodies are not kept.
      Entry = Struct.new(:sequence, :what, :finished)
      private_constant :Entry

      # Messages beyond the position that are kept whole: few enough for memory, and most are passed before anybody asks.
      KEPT_WHOLE = 256
      private_constant :KEPT_WHOLE

      # @param start [MessageIdentity]
      def initialize(start)
        @last = Entry.new(start.sequence, start, true)
        @entries = []
      end

      # @return [Integer] messages read beyond the position, finished ones included
      def ahead = @entries.size

      # @return [MessageIdentity] what stands at the position
      def position = identify(@last)

      # Notes a message, or a place that was passed, in the order of reading.
      # @param what [StoredMessage, MessageIdentity]
      # @return [Object] for {#finish}
      def read(what)
        Entry.new(what.sequence, what, false).tap { |entry| @entries << entry }
      end

      # Marks a message as settled.
      # @return [Boolean] whether the position moved
      def finish(entry)
        entry.finished = true
        moved = false
        while @entries.first&.finished
          @last = @entries.shift
          moved = true
        end
        identify(entry) if !moved && @entries.size > KEPT_WHOLE
        moved
      end

      private

      def identify(entry)
        entry.what = MessageIdentity.of(entry.what) unless entry.what.is_a?(MessageIdentity)
        entry.what
      end
    end
  end
end
