# frozen_string_literal: true

require_relative "cancellation"
require_relative "error"
require_relative "event"
require_relative "handler_deadline"
require_relative "headers"
require_relative "silent_log"
require_relative "timer"
require_relative "trace_context"

module Concord
  # Runs handlers, the same way for every consumer: within a time, within the message's trace, valid data only, one log
  # line for each attempt.
  class Handling
    # @param router [Router]
    # @param clock [Clock]
    # @param random [Random] draws span ids
    # @param log [#info]
    # @param validate [#call] gives the violations of a message; default: none
    # @param timeout_ms [Integer, nil] time one run may take; default: what the contract says
    # @param around [#call, nil] called with the incoming event, the {Event} and a block that runs the handler
    def initialize(router:, clock:, random: Random.new, log: SilentLog.new, validate: ->(_message) { [] },
      timeout_ms: nil, around: nil)
      @router = router
      @clock = clock
      @random = random
      @log = log
      @validate = validate
      @timeout_ms = timeout_ms
      @timer = Timer.new(clock)
      @around = around || ->(_incoming, _event, run) { run.call }
    end

    # Runs the handler of an event once; returns when it is done, raises as it does.
    # @param incoming [IncomingEvent]
    # @param attempt [Integer] 1 for the first run
    # @param cancellation [Cancellation] comes when the service stops waiting
    # @param tx [Object, nil] what the handler's writes and publications share
    # @raise [TerminalError] with `details[:reason]` `invalid` for data that breaks its contract
    # @raise [Error] `deadline_exceeded`, `canceled`
    def call(incoming, attempt:, cancellation:, tx:)
      limit_ms = @timeout_ms || incoming.contract.retry_policy.handler_timeout_ms
      log = @log.child(**incoming.log_fields)
      noting(log, attempt) do
        HandlerDeadline.new(@timer, incoming, limit_ms, cancellation).run do |deadline|
          event = Event.new(incoming, attempt:, cancellation: deadline, log:)
          TraceContext.with(trace_of(incoming)) { run(incoming, event, tx) }
        end
      end
    end

    # Ends the thread that watches the time.
    def close
      @timer.close
    end

    private

    def run(incoming, event, tx)
      violations = @validate.call(event.data).to_a
      refuse(incoming, violations) if violations.any?
      @around.call(incoming, event, -> { @router.handler_of(incoming.contract).call(event, tx) })
    end

    def refuse(incoming, violations)
      raise TerminalError.new("#{incoming.contract.type} #{incoming.envelope.id} breaks #{violations.size} rules of its " \
        "contract", reason: "invalid", error: :invalid_data, violations:)
    end

    # The parent is the hop that sent the message (the header), else the event's origin.
    def trace_of(incoming)
      headers = incoming.message.headers
      parent = TraceContext.parse(headers[Headers::TRACEPARENT], headers[Headers::TRACESTATE]) ||
        TraceContext.parse(incoming.envelope.traceparent, incoming.envelope.tracestate)
      parent&.child(@random)
    end

    # Ids and codes only; neither payloads nor messages of foreign errors, which may quote them (trap T28).
    def noting(log, attempt)
      started_ms = @clock.monotonic_ms
      yield
      log.info("event handled", attempt:, duration_ms: since(started_ms), outcome: "done")
    rescue RetryLaterError => error
      log.warn("event not handled", attempt:, duration_ms: since(started_ms), outcome: "retry_later",
        delay_ms: error.delay_ms)
      raise
    rescue => error
      log.warn("event not handled", attempt:, duration_ms: since(started_ms), outcome: "failed",
        error: Error.wrap(error).code.to_s)
      raise
    end

    def since(started_ms)
      (@clock.monotonic_ms - started_ms).round
    end
  end
end
