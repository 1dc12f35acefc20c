# frozen_string_literal: true

require_relative "clock"
require_relative "error"
require_relative "headers"
require_relative "silent_log"
require_relative "trace_context"

module Concord
  # What surrounds every handler, whichever consumer runs it: the message's trace, the rules of the contract, one log line
  # for each attempt.
  class Handling
    # @param router [Consumer::Router]
    # @param clock [Clock]
    # @param random [Random] draws span ids
    # @param log [#info]
    # @param validate [#call] gives the violations of a message; default: none
    # @param around [#call] called with the event, its tx and a block that runs the handler; default: just runs it
    def initialize(router:, clock: Clock.new, random: Random.new, log: SilentLog.new, validate: ->(_message) { [] },
      around: ->(_event, _tx, &run) { run.call })
      @router = router
      @clock = clock
      @random = random
      @log = log
      @validate = validate
      @around = around
    end

    # Runs the handler of an event once; returns when it is done, raises as it does.
    # @param event [Event]
    # @param tx [Object] what the handler's writes and publications share
    # @raise [TerminalError] with `details[:reason]` `invalid` for data that breaks its contract
    def call(event, tx)
      TraceContext.with(trace_of(event)) do
        noting(event) do
          refuse_invalid(event)
          @around.call(event, tx) { @router.call(event, tx) }
        end
      end
    end

    private

    # An event that breaks the rules of its contract becomes a dead letter without a retry, for it will never be valid.
    def refuse_invalid(event)
      violations = @validate.call(event.data).to_a
      return if violations.empty?

      message = "#{event.type} #{event.id} breaks #{violations.size} rules of its contract"
      begin
        raise Error.new(:invalid_data, message, violations:)
      rescue Error
        raise TerminalError.new(message, reason: "invalid")
      end
    end

    # The parent is the hop that sent the message (the header), else the event's origin.
    def trace_of(event)
      headers = event.message.headers
      parent = TraceContext.parse(headers[Headers::TRACEPARENT], headers[Headers::TRACESTATE]) ||
        TraceContext.parse(event.envelope.traceparent, event.envelope.tracestate)
      parent&.child(@random)
    end

    # Ids and codes only; neither payloads nor messages of foreign errors, which may quote them (trap T28).
    def noting(event)
      started_ms = @clock.monotonic_ms
      facts = -> { {**event.log_fields, attempt: event.attempt, duration_ms: (@clock.monotonic_ms - started_ms).round} }
      yield
      @log.info("event handled", **facts.call, outcome: "done")
    rescue RetryLaterError => error
      @log.warn("event not handled", **facts.call, outcome: "retry_later", delay_ms: error.delay_ms)
      raise
    rescue => error
      @log.warn("event not handled", **facts.call, outcome: "failed", error: Error.wrap(error).code.to_s)
      raise
    end
  end
end
