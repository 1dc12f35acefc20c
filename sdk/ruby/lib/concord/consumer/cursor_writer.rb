# frozen_string_literal: true

require_relative "../probe"

module Concord
  module Consumer
    # Stores positions lazily, many partitions in one statement: an unstored one only costs reading again after a crash.
    class CursorWriter
      # Longest time that a position stays unstored.
      INTERVAL_S = 0.2
      # Positions moved that often are stored at once.
      MAX_MOVES = 1_000
      private_constant :INTERVAL_S

      # @param store [Store::CursorStore]
      def initialize(store:, log:, probe: Probe::NONE)
        @store = store
        @log = log
        @probe = probe
        @lock = Mutex.new
        @writing = Mutex.new
        @changed = ConditionVariable.new
        @moved = {}.compare_by_identity
        @moves = 0
        @failing = false
      end

      # Says that a position moved.
      # @param session [#ref, #cursor]
      def mark(session)
        @lock.synchronize do
          @thread ||= Thread.new { run }
          @changed.signal if @moved.empty? || @moves == MAX_MOVES
          @moved[session] = true
          @moves += 1
        end
      end

      # Forgets a position that was not stored, because its session is void.
      def forget(session) = @lock.synchronize { @moved.delete(session) }

      # Stores now what is unstored.
      # @raise [Error] when the database fails; it is tried again later
      def flush
        @writing.synchronize do
          sessions = @lock.synchronize { take }
          write(sessions) unless sessions.empty?
        end
      end

      # Ends the thread; what is unstored stays so.
      def close
        @lock.synchronize do
          @closed = true
          @changed.signal
        end
        @thread&.join
      end

      private

      def take
        @moves = 0
        @moved.keys.tap { @moved.clear }
      end

      def write(sessions)
        @store.advance(sessions.to_h { |session| [session.ref, session.cursor] })
        @log.info("positions are stored again") if @failing
        @failing = false
        @probe.reach("inbox.position")
      rescue Error => error
        @log.warn("positions cannot be stored; events may be read again after a restart", cause: error.message) unless @failing
        @failing = true
        @lock.synchronize { sessions.each { |session| @moved[session] = true } }
        raise
      end

      def run
        loop do
          @lock.synchronize do
            @changed.wait(@lock) while @moved.empty? && !@closed
            return if @closed

            @changed.wait(@lock, INTERVAL_S) if @moves < MAX_MOVES
            return if @closed
          end
          begin
            flush
          rescue Error
            # Said already; the next round tries again.
          end
        end
      end
    end
  end
end
