# frozen_string_literal: true

require_relative "../error"

module Concord
  class Relay
    # Whose fault a failed send is. `:row`: no broker of this system would take it, so it is counted and put aside in the
    # end. `:stream`: its stream is full or missing, which an operator mends; its key waits, nothing is counted. `:broker`:
    # the broker is away or slow, so everything waits and nothing is counted. An unknown error counts against its row, so
    # that it cannot block the others for ever.
    class SendFailure
      KINDS = {
        resource_exhausted: :stream, not_found: :stream, unavailable: :broker, deadline_exceeded: :broker,
        unauthenticated: :broker, circuit_open: :broker, canceled: :broker, locked: :broker
      }.freeze
      # Faults that repeat at every attempt, so that attempts are not worth their time.
      FINAL = %i[too_large].freeze
      private_constant :KINDS, :FINAL

      # @return [Symbol] `:row`, `:stream` or `:broker`
      attr_reader :kind
      # @return [String] code and message, as kept with the row
      attr_reader :cause

      # @param raised [Exception]
      def initialize(raised)
        error = Error.wrap(raised)
        @kind = KINDS.fetch(error.code, :row)
        @final = FINAL.include?(error.code)
        # An unnamed failure is told by the original's message, so that the operator sees more than "unexpected".
        @cause = "#{error.code}: #{raised.message}"
      end

      # @return [Boolean] whether no further attempt can succeed
      def final? = @final
    end
  end
end
