# frozen_string_literal: true

require_relative "../inbox/identity"
require_relative "outcome"

module Concord
  module Consumer
    # Settles the messages of event and command streams through the inbox.
    class EventSettler
      # @param inbox [Inbox]
      # @param attempts [Store::AttemptStore]
      # @param handle [#call] runs the handler of an event within its transaction
      # @param max_deliveries [Integer, nil] runs that never ended after which an event is a dead letter. Default: the
      #   attempts of its contract.
      # @param on_parked [#call] told when an event went to the database
      def initialize(inbox:, attempts:, handle:, on_parked:, log:, max_deliveries: nil)
        @inbox = inbox
        @attempts = attempts
        @handle = handle
        @on_parked = on_parked
        @log = log
        @max_deliveries = max_deliveries
      end

      # Tells whether a message has been settled, leaving no trace.
      # @param item [PartitionSession::Item]
      def settled?(item)
        event = read(item)
        !event.nil? && @inbox.settled?(event)
      rescue Error => error
        raise if Inbox::Attempt.database_failure?(error)

        false
      end

      # Makes one attempt.
      # @return [Outcome]
      def settle(item, attempt:)
        with_event(item) do |event|
          give_up(item, event) || take_back(item, @inbox.process(event.for_attempt(attempt), &@handle))
        end
      end

      # Moves a message to the database without a run.
      # @return [Outcome]
      def spill(item, attempts:, delay_ms:)
        with_event(item) { |event| @inbox.park(event, attempts:, delay_ms:) }
      end

      private

      # Messages are read once, and not for each attempt.
      def read(item) = item.event ||= @inbox.router.decode(item.message, item.subject)

      def with_event(item)
        begin
          event = read(item)
        rescue Error => error
          return note(item, @inbox.reject(item.message, error))
        end
        event ? note(item, yield(event)) : DONE
      end

      # Counts the run of a message that a process may have died of, before it begins; too many, and it is a dead letter.
      def give_up(item, event)
        return if !item.alone || item.counted

        begun = @attempts.begin(ref_of(item), item.message.sequence)
        item.counted = true
        # The run that made it a suspect was not counted.
        @inbox.exhaust(event, begun) if begun + 1 > (@max_deliveries || event.contract.retry_policy.max_attempts)
      end

      # A run that ended, even in a failure, has killed nobody.
      def take_back(item, outcome)
        return outcome unless item.counted && outcome.retry?

        @attempts.take_back(ref_of(item), item.message.sequence)
        item.counted = false
        outcome
      rescue Error => error
        @log.debug("the count of a run was not taken back", **item.event.log_fields, cause: error.message)
        outcome
      end

      def ref_of(item) = Inbox::Identity.partition(@inbox.service, item.message)

      def note(item, outcome)
        @on_parked.call if outcome.kind == :parked
        return outcome if %i[done retry].include?(outcome.kind)

        fields = item.event&.log_fields || {stream: item.message.stream, sequence: item.message.sequence}
        if outcome.kind == :dead
          @log.warn("event became a dead letter", **fields)
        else
          @log.debug("event settled without its handler", **fields, outcome: outcome.kind)
        end
        outcome
      end
    end
  end
end
