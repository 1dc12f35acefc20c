# frozen_string_literal: true

require "nats"

module Concord
  module Nats
    # The client of NATS, which goes on when the server refuses a single subject: such a refusal leaves the connection open
    # (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-40.md), but the library takes it for a failed
    # login and never comes back.
    class Client < ::NATS::Client
      # What a user may not do: `verb` is `publish to` or `subscribe to`.
      Refusal = Struct.new(:verb, :subject)

      VIOLATION = /permissions violation for (?<act>publish|subscription) to "(?<subject>[^"]*)"/i
      private_constant :VIOLATION

      # Calls the block for each subject that is refused, on the thread that reads the connection.
      # @yieldparam refusal [Refusal]
      def on_refused(&listener)
        @on_refused = listener
      end

      # Called by the parser for `-ERR`.
      def process_err(text)
        violation = VIOLATION.match(text) or return super

        verb = violation[:act].casecmp?("publish") ? "publish to" : "subscribe to"
        @on_refused&.call(Refusal.new(verb, violation[:subject]))
      end
    end
  end
end
