# frozen_string_literal: true

module Concord
  module Consumer
    # Settles requests to run dead events again: each goes back to the database, where the parked runner finds it.
    class RedriveSettler
      # @param inbox [Inbox]
      # @param on_parked [#call] told when an event went to the database
      def initialize(inbox:, on_parked:)
        @inbox = inbox
        @on_parked = on_parked
      end

      # No request can harm the process: it is asked again and finds what it did.
      def settled?(_item) = false

      # @return [Outcome]
      def settle(item, **)
        outcome = @inbox.apply_redrive(item.message)
        @on_parked.call if outcome.kind == :parked
        outcome
      end

      # A request is in the database as soon as it is settled.
      alias_method :spill, :settle
    end
  end
end
