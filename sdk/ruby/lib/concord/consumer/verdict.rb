# frozen_string_literal: true

require_relative "../backoff"
require_relative "../dead_letter"
require_relative "../error"

module Concord
  module Consumer
    # What follows from a failed attempt: `kind` is `:wait` (again in `delay_ms`) or `:dead` (with the `reason` and `error` of
    # the dead letter). `counted` says whether it was an attempt: an event that was refused before its handler had none
    # (conformance F11).
    Verdict = Struct.new(:kind, :delay_ms, :counted, :reason, :error, keyword_init: true) do
      # Decides about an event whose handler raised: {RetryLaterError} is no attempt, {TerminalError} ends it, anything else
      # is repeated with backoff until the attempts of the contract are used up (conformance F10, F11).
      # @param raised [Exception]
      # @param policy [Contract::RetryPolicy]
      # @param attempt [Integer] number of the attempt that failed, from 1
      # @param random [Random]
      def self.of(raised, policy:, attempt:, random:)
        return new(kind: :wait, delay_ms: raised.delay_ms, counted: false) if raised.is_a?(RetryLaterError)

        error = Error.wrap(raised)
        return dead(error) if error.code == :terminal
        return new(kind: :dead, reason: "exhausted", error: error.code, counted: true) if attempt >= policy.max_attempts

        new(kind: :wait, delay_ms: Backoff.delay_ms(policy, attempt, random.rand), counted: true)
      end

      # A middleware may say why repeating is pointless; its cause then names the fault.
      def self.dead(error)
        reason = error.details[:reason]
        unless DeadLetter::REASONS.include?(reason)
          return new(kind: :dead, reason: "terminal", error: :terminal, counted: true)
        end

        new(kind: :dead, reason:, error: error.cause.is_a?(Error) ? error.cause.code : error.code, counted: false)
      end
      private_class_method :dead
    end
  end
end
