# frozen_string_literal: true

require "concord"
require "testee/fixtures"

module Testee
  # Tells the runner of handler runs: their beginning, and how they ended.
  class Runs
    # @param report [#call]
    # @param transactional [Boolean] the end waits for {#settled}
    def initialize(report, transactional)
      @report = report
      @transactional = transactional
      @lock = Mutex.new
      @waiting = {}
    end

    # Runs a handler between its two reports.
    # @param event [Concord::Event]
    def around(event)
      facts = facts_of(event)
      @report.call(start: facts)
      outcome = "ack"
      yield
    rescue Exception => error # rubocop:disable Lint/RescueException -- a deadline interrupts
      outcome = outcome_of(error)
      raise
    ensure
      tell(event, facts, event.cancellation&.canceled? ? "aborted" : outcome)
    end

    # Says that the transaction of an event's run has ended, and whether its writes stay.
    def settled(event, committed)
      facts, outcome = @lock.synchronize { @waiting.delete([event.source, event.id]) }
      return unless facts

      @report.call(end: {**facts, outcome: (outcome == "ack" && !committed) ? "failed" : outcome})
    end

    private

    def tell(event, facts, outcome)
      return @report.call(end: {**facts, outcome:}) if !@transactional || outcome == "aborted"

      @lock.synchronize { @waiting[[event.source, event.id]] = [facts, outcome] }
    end

    def facts_of(event)
      {id: event.id, source: event.source, type: event.type, key: event.key, n: Fixtures.number(event.data),
       attempt: event.attempt, redrive: event.redrives, trace: trace_of(event).to_s}.compact
    end

    def trace_of(event)
      header = event.message.headers["traceparent"]
      [header, event.envelope.traceparent].find { |text| Concord::TraceContext.parse(text) }
    end

    def outcome_of(error)
      case error
      when Concord::RetryLaterError then "retry_later"
      when Concord::TerminalError then "terminal"
      else "throw"
      end
    end
  end
end
