# frozen_string_literal: true

require_relative "backoff"
require_relative "dead_letter"
require_relative "error"

module Concord
  # What follows from a failed attempt: `kind` is `:wait` (for `delay_ms`; `counted` says whether the run was a failed
  # attempt) or `:dead` (with `reason`, one of {DeadLetter::REASONS}, and `error`, the code).
  Verdict = Struct.new(:kind, :delay_ms, :counted, :reason, :error, keyword_init: true) do
    # `RetryLaterError` is no attempt, `TerminalError` ends it, anything else is repeated with backoff until the attempts
    # are used up (conformance F10, F11).
    # @param raised [Exception]
    # @param policy [Contract::RetryPolicy]
    # @param attempt [Integer] number of the attempt that failed, from 1
    # @param random [Random]
    # @return [Verdict]
    def self.on(raised, policy:, attempt:, random:)
      return new(kind: :wait, delay_ms: raised.delay_ms, counted: false) if raised.is_a?(RetryLaterError)

      error = Error.wrap(raised)
      return dead(error.details[:reason] || "terminal", error.details[:error] || :terminal) if error.code == :terminal
      return dead("exhausted", error.code) if attempt >= policy.max_attempts

      new(kind: :wait, delay_ms: Backoff.delay_ms(policy, attempt, random.rand), counted: true)
    end

    # @return [Verdict]
    def self.dead(reason, error)
      new(kind: :dead, reason:, error:)
    end
  end
end
