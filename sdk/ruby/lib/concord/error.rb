# frozen_string_literal: true

module Concord
  # The one error class of the SDK. {#code} says which documented failure it is; the message says what failed, with
  # which id, and what to do. It never carries payload content.
  class Error < StandardError
    # Every code an error can carry: the same closed set in every language, see docs/errors.md.
    CODES = %i[
      already_exists canceled circuit_open config deadline_exceeded exhausted failed_precondition internal
      invalid_argument invalid_attribute invalid_contract invalid_data invalid_envelope invalid_key lease_lost locked
      migration not_found outside_transaction permission_denied position_expired resource_exhausted stream_conflict
      stream_regressed subject_mismatch terminal too_large too_old transaction_conflict unauthenticated unavailable
      undecodable unsupported unsupported_content_type
    ].freeze

    # @return [Symbol] which documented failure this is, one of {CODES}
    attr_reader :code
    # @return [Hash] machine-readable facts about it, such as `{field: "key", limit_bytes: 255}`
    attr_reader :details

    # @param code [Symbol]
    # @param message [String]
    # @param details [Hash]
    def initialize(code, message, details = {})
      raise ArgumentError, "#{code} is no documented code" unless CODES.include?(code)

      super(message)
      @code = code
      @details = details.freeze
    end

    # Gives any raised object as an error with a code: unknown ones become `internal`.
    # @return [Error]
    def self.wrap(raised)
      return raised if raised.is_a?(Error)

      new(:internal, "an unexpected error happened", error_class: raised.class.name)
    end
  end

  # Raised by a handler for an event that no repetition can save: it becomes a dead letter at once.
  class TerminalError < Error
    def initialize(message, details = {})
      super(:terminal, message, details)
    end
  end

  # Raised by a handler whose event cannot succeed before some time has passed. It is no failed attempt; later events
  # of the same key wait behind it.
  class RetryLaterError < StandardError
    # @return [Integer] milliseconds before the next run
    attr_reader :delay_ms

    # @param delay_ms [Numeric] fractions are rounded up
    # @param reason [String] what is being waited for
    # @raise [RangeError] when the delay is negative or no number
    def initialize(delay_ms:, reason: "run again in #{delay_ms} ms")
      raise RangeError, "delay_ms: #{delay_ms} is no time to wait" unless delay_ms.finite? && !delay_ms.negative?

      super(reason)
      @delay_ms = delay_ms.ceil
    end
  end
end
