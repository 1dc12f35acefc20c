# frozen_string_literal: true

require_relative "error"

module Concord
  # Says that work should stop. Handed to everything that waits; may be asked, waited for and listened to from any
  # thread.
  class Cancellation
    # @return [Symbol, nil] why: `:timeout`, `:drain`, `:connection`, …; nil while work may go on
    attr_reader :reason

    # @param parent [Cancellation, nil] cancels this one too
    def initialize(parent = nil)
      @lock = Mutex.new
      @changed = ConditionVariable.new
      @listeners = []
      @parent = parent
      @link = parent&.on_cancel { |reason| cancel(reason) }
    end

    # Tells everybody to stop. The first reason stays.
    def cancel(reason = :canceled)
      listeners = @lock.synchronize do
        return if @reason

        @reason = reason
        @changed.broadcast
        @listeners.dup
      end
      listeners.each { |listener| listener.call(reason) }
    end

    # @return [Boolean]
    def canceled?
      !@reason.nil?
    end

    # Waits for the cancellation.
    # @param timeout_ms [Numeric, nil] nil waits for ever
    # @return [Boolean] whether it came
    def wait(timeout_ms = nil)
      deadline = timeout_ms && (monotonic_ms + timeout_ms)
      @lock.synchronize do
        until @reason
          left = deadline && (deadline - monotonic_ms)
          return false if left && left <= 0

          @changed.wait(@lock, left && (left / 1000.0))
        end
        true
      end
    end

    # Calls the block once canceled, at once when it is already.
    # @return [Proc] to be given to {#off}
    def on_cancel(&listener)
      reason = @lock.synchronize { @reason || (@listeners << listener && nil) }
      listener.call(reason) if reason
      listener
    end

    # Forgets a listener.
    def off(listener)
      @lock.synchronize { @listeners.delete(listener) }
    end

    # Ends the tie to the parent; call it when the work is over.
    def release
      @parent&.off(@link) if @link
      @link = nil
    end

    # @raise [Error] `canceled`
    def check!
      raise Error.new(:canceled, "the work was canceled: #{@reason}") if @reason
    end

    private

    def monotonic_ms
      Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
    end
  end
end
