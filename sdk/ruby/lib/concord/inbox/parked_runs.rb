# frozen_string_literal: true

require_relative "../consumer/outcome"
require_relative "../message"
require_relative "identity"

module Concord
  class Inbox
    # Runs events that wait in the database. The row stays locked, so that no other session runs it or a later one of its
    # key, and goes in the transaction of the handler's writes.
    class ParkedRuns
      # A parked event that was found, and the attempts that failed or never ended before this one.
      Claimed = Struct.new(:parked, :before)
      private_constant :Claimed

      # @param inbox [Inbox]
      def initialize(inbox)
        @inbox = inbox
      end

      # Runs the lowest due event of one parked key.
      # @param refs [Array<Store::PartitionRef>]
      # @param suspicion [#call] asked for each event found, whether a process may have died of it: `:none`, `:uncounted`
      #   or `:counted`. An uncounted one has its attempt counted and runs at the next call, so that an event that kills the
      #   process is a dead letter in the end.
      # @yieldparam event [Event]
      # @yieldparam tx [Outbox::Scope]
      # @return [Array(Store::ParkedEvent, Consumer::Outcome), nil] nil when none is due; the outcome is a counted retry when
      #   the attempt was only counted
      def call(refs, suspicion: ->(_parked) { :none }, &handler)
        claimed = nil
        attempt = @inbox.new_attempt
        found = attempt.run do
          parked = parking.claim_due(refs) or next
          reach("unpark.claim")
          suspected = suspicion.call(parked)
          claimed = Claimed.new(parked, parked.attempts - ((suspected == :counted) ? 1 : 0))
          run_claimed(attempt, claimed, uncounted: suspected == :uncounted, &handler)
        end
        raise attempt.error if attempt.failed? && claimed.nil?

        claimed && [claimed.parked, attempt.failed? ? follow(claimed, attempt) : finish(claimed, found)]
      end

      private

      def parking = @inbox.stores.parking

      def reach(point) = @inbox.probe.reach(point)

      def ref_of(parked)
        Store::InboxRef.new(consumer: parked.consumer, source: parked.source, event_id: parked.event_id)
      end

      def to_message(parked)
        StoredMessage.new(**parked.to_h.slice(:stream, :sequence, :subject, :headers, :body, :stored_at_ms))
      end

      # The parked row knows the redrives; its headers are those of the message.
      def decode(parked)
        @inbox.router.decode(to_message(parked))&.with(redrives: parked.redrives)
      end

      def run_claimed(attempt, claimed, uncounted:, &handler)
        parked = claimed.parked
        begin
          event = decode(parked)
        rescue Error => error
          return error
        end
        return :exhausted if event && claimed.before >= @inbox.policy_of(event).max_attempts
        return count(parked, claimed.before) if event && uncounted

        # A type that is no longer handled is skipped here as it would be in the stream (conformance F13).
        @inbox.run_once(attempt, event.for_attempt(claimed.before + 1), &handler) if event
        parking.remove(parked)
        @inbox.stores.inbox.set_state(ref_of(parked), "done")
        reach("unpark.handler")
        :ran
      end

      def count(parked, before)
        parking.postpone(parked, before + 1, 0)
        :counted
      end

      def finish(claimed, found)
        case found
        when :counted then Consumer::Outcome.retry(0, counted: true)
        when :exhausted then bury(claimed.parked, reason: "exhausted", error: :exhausted, attempts: claimed.before)
        when Error
          bury(claimed.parked, reason: DeadLetter.reason_of(found.code), error: found.code, attempts: claimed.before)
        else
          reach("unpark.commit")
          reach("redrive.run") if claimed.parked.redrives.positive?
          Consumer::DONE
        end
      end

      def follow(claimed, attempt)
        error = attempt.error
        return postpone(claimed.parked, claimed.before, 0) if error.is_a?(Error) && error.code == :canceled
        return Consumer::Outcome.retry(@inbox.infrastructure_delay(error), counted: false) if attempt.infrastructure?

        verdict = @inbox.verdict_of(decode(claimed.parked), error, claimed.before + 1)
        attempts = claimed.before + (verdict.counted ? 1 : 0)
        return bury(claimed.parked, reason: verdict.reason, error: verdict.error, attempts:) if verdict.kind == :dead

        postpone(claimed.parked, attempts, verdict.delay_ms)
      end

      def postpone(parked, attempts, delay_ms)
        @inbox.transaction { parking.postpone(parked, attempts, delay_ms) }
        Consumer::PARKED
      end

      # Unless another session has settled it since its row was unlocked: taking the row out waits for that session, then
      # the inbox tells how it ended.
      def bury(parked, **verdict)
        @inbox.bury(ref_of(parked), to_message(parked), redrives: parked.redrives, **verdict) do
          parking.remove(parked)
          claim = @inbox.stores.inbox.claim(ref_of(parked))
          claim.kind == :claimed || (claim.kind == :duplicate && claim.state == "parked")
        end
      end
    end
  end
end
