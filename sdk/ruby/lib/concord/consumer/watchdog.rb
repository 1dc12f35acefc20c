# frozen_string_literal: true

require_relative "../cancellation"
require_relative "../clock"
require_relative "../error"

module Concord
  module Consumer
    # Gives every attempt a deadline: when its time is up, or the service stops waiting for it, its cancellation comes and
    # the handler's thread is interrupted wherever it is, so that its slot is free again (trap T27). One thread watches all.
    class Watchdog
      # Raised inside the handler. No StandardError, so that a handler's own `rescue` does not take it for a failure.
      class Interrupted < Exception # rubocop:disable Lint/InheritException
      end

      NEVER = {Interrupted => :never}.freeze
      AT_ONCE = {Interrupted => :immediate}.freeze
      private_constant :NEVER, :AT_ONCE

      # An attempt under way, and what it is about. `unblock` ends what its thread waits for; `unblocking` while it does.
      Entry = Struct.new(:what, :thread, :deadline_ms, :cancellation, :unblock, :unblocking, :reason)
      private_constant :Entry

      def initialize(clock: Clock.new)
        @clock = clock
        @lock = Mutex.new
        @changed = ConditionVariable.new
        @unblocked = ConditionVariable.new
        @entries = {}.compare_by_identity
        @wakes_at_ms = nil
      end

      # Runs the block, which must be the handler alone: whatever surrounds it is never interrupted.
      # @param limit_ms [Numeric] time that it may take
      # @param unblock [#call] called before the interruption, to end what the thread waits for outside of Ruby
      # @yieldparam cancellation [Cancellation]
      # @raise [Error] `deadline_exceeded`; `canceled` when the service stops waiting
      def run(limit_ms, what, unblock: -> {})
        entry = Entry.new(what, Thread.current, @clock.monotonic_ms + limit_ms, Cancellation.new, unblock)
        Thread.handle_interrupt(NEVER) do
          begin
            add(entry)
            result = Thread.handle_interrupt(AT_ONCE) { yield entry.cancellation }
          rescue Interrupted
            # What it was is told by the entry.
          ensure
            remove(entry)
          end
          raise interruption(entry, limit_ms, what) if entry.reason

          result
        end
      end

      # Interrupts every attempt under way, because the service stops waiting.
      def interrupt_all(reason = :drain)
        @lock.synchronize { @entries.keys }.each { |entry| interrupt(entry, reason) }
      end

      # @return [Array<String>] what every attempt under way is about
      def under_way = @lock.synchronize { @entries.keys }.map(&:what)

      # Ends the watching.
      def close
        @lock.synchronize do
          @closed = true
          @changed.broadcast
        end
        @thread&.join
      end

      private

      def add(entry)
        @lock.synchronize do
          @entries[entry] = true
          @thread ||= Thread.new { watch }
          @changed.signal if @wakes_at_ms.nil? || entry.deadline_ms < @wakes_at_ms
        end
      end

      # Nobody interrupts an entry that is not there; an interruption that has not arrived yet is taken here.
      def remove(entry)
        @lock.synchronize do
          @unblocked.wait(@lock) while entry.unblocking
          @entries.delete(entry)
        end
        Thread.handle_interrupt(AT_ONCE) { Thread.pass } if entry.reason
      rescue Interrupted
        # Its time was up when it was over.
      end

      def interrupt(entry, reason)
        return unless @lock.synchronize { begin_interruption(entry, reason) }

        begin
          entry.cancellation.cancel(reason)
          entry.unblock.call
        ensure
          @lock.synchronize { end_interruption(entry) }
        end
      end

      def begin_interruption(entry, reason)
        return false if entry.reason || !@entries.key?(entry)

        entry.reason = reason
        entry.unblocking = true
      end

      def end_interruption(entry)
        entry.unblocking = false
        entry.thread.raise(Interrupted)
        @unblocked.broadcast
      end

      def interruption(entry, limit_ms, what)
        return Error.new(:canceled, "#{what} was given up, as the service stops; it is handled again later") if
          entry.reason != :timeout

        Error.new(:deadline_exceeded, "handling #{what} took over #{limit_ms} ms")
      end

      def watch
        until @closed
          now = @clock.monotonic_ms
          @lock.synchronize { @entries.keys }.each { |entry| interrupt(entry, :timeout) if entry.deadline_ms <= now }
          @lock.synchronize { wait_for_deadline(now) }
        end
      end

      def wait_for_deadline(now)
        return if @closed

        @wakes_at_ms = @entries.each_key.reject(&:reason).map(&:deadline_ms).min
        @changed.wait(@lock, @wakes_at_ms && [(@wakes_at_ms - now) / 1000.0, 0.001].max)
      end
    end
  end
end
