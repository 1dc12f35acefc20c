# frozen_string_literal: true

require_relative "../dead_letter"
require_relative "../outbox/entry"
require_relative "identity"

module Concord
  class Inbox
    # Gives messages up: the inbox row becomes `dead` and the dead letter goes to the outbox in one transaction, so that
    # there is exactly one.
    class Burial
      # @param inbox [Inbox] whose service gives up
      def initialize(inbox)
        @inbox = inbox
      end

      # @param ref [Store::InboxRef]
      # @param message [StoredMessage]
      # @param reason [String] one of {DeadLetter::REASONS}
      # @param error [Symbol] code of the last error
      # @param attempts [Integer] runs that failed
      # @yieldreturn [Boolean] whether this transaction may settle the message; default: it claims the inbox row
      # @return [Consumer::Outcome] duplicate when another session has settled it
      def call(ref, message, reason:, error:, attempts:, redrives:, &claim)
        claimed = @inbox.transaction do
          next false unless claim ? claim.call : claim_row(ref, redrives)

          @inbox.stores.inbox.set_state(ref, "dead")
          write(ref, message, reason:, error:, attempts:)
          true
        end
        claimed ? Consumer::DEAD : Consumer::DUPLICATE
      end

      private

      # A message that was redriven and fails again has its row already.
      def claim_row(ref, redrives)
        store = @inbox.stores.inbox
        (redrives.positive? && store.reopen(ref, redrives)) || store.claim(ref).kind == :claimed
      end

      def write(ref, message, **verdict)
        letter = DeadLetter.write(message, service: @inbox.service, namespace: @inbox.namespace, **verdict)
        @inbox.outbox.scope.add(Outbox::Entry.of_dead_letter(letter, event_id: ref.event_id))
        @inbox.probe.reach("dead.insert")
      end
    end
  end
end
