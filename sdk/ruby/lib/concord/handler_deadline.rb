# frozen_string_literal: true

require_relative "cancellation"
require_relative "error"

module Concord
  # Gives every attempt a time of its own. When it is up, or the service stops waiting, the handler's cancellation comes;
  # a handler that does not heed it is stopped from outside a moment later. The attempt has failed either way.
  class HandlerDeadline
    # Time that a handler has to end by itself, in milliseconds.
    GRACE_MS = 1_000
    # Raised into a handler that goes on. No StandardError, so that a handler's own `rescue` does not swallow it.
    Stop = Class.new(Exception) # rubocop:disable Lint/InheritException
    private_constant :GRACE_MS, :Stop

    # @param timer [Timer]
    # @param incoming [IncomingEvent]
    # @param limit_ms [Integer]
    # @param cancellation [Cancellation] comes when the service stops waiting
    def initialize(timer, incoming, limit_ms, cancellation)
      @timer = timer
      @incoming = incoming
      @limit_ms = limit_ms
      @deadline = Cancellation.new(cancellation)
      @lock = Mutex.new
      @finished = false
      @timers = []
    end

    # @yieldparam deadline [Cancellation]
    # @raise [Error] `deadline_exceeded`, `canceled`; what the block raises while its time is not up
    def run(&block)
      watch(Thread.current)
      result = Thread.handle_interrupt(Stop => :never) { contain(&block) }
      raise failure if @deadline.canceled?

      result
    rescue
      raise @deadline.canceled? ? failure : $!
    ensure
      @deadline.release
    end

    private

    def watch(handler)
      @deadline.on_cancel { later(GRACE_MS) { @lock.synchronize { handler.raise(Stop) unless @finished } } }
      later(@limit_ms) { @deadline.cancel(:timeout) }
    end

    def later(delay_ms, &block)
      @lock.synchronize { @timers << @timer.after(delay_ms, &block) unless @finished }
    end

    # A stop is let in only while the handler runs.
    def contain
      Thread.handle_interrupt(Stop => :immediate) { yield @deadline }
    rescue Stop
      nil
    ensure
      @lock.synchronize { @finished = true }
      @timers.each { |entry| @timer.cancel(entry) }
      swallow_late_stop
    end

    def swallow_late_stop
      Thread.handle_interrupt(Stop => :immediate) { Thread.pass } if Thread.pending_interrupt?(Stop)
    rescue Stop
      nil
    end

    def failure
      name = "#{@incoming.contract.type} #{@incoming.envelope.id}"
      return Error.new(:canceled, "handling #{name} was stopped: #{@deadline.reason}") if @deadline.reason != :timeout

      Error.new(:deadline_exceeded, "handling #{name} took over #{@limit_ms} ms")
    end
  end
end
