# frozen_string_literal: true

require_relative "../backoff"
require_relative "../dead_letter"
require_relative "../error"
require_relative "../consumer/verdict"

module Concord
  class AcknowledgingConsumer
    # Settles one delivery with the broker: runs the handler and acknowledges, gives back for later, or makes a dead letter
    # first and acknowledges then (trap T15).
    class Settler
      Waits = Struct.new(:initial_ms, :max_ms)
      PUBLISH_RETRY = Waits.new(200, 5_000).freeze
      # Longer waits are told of: without a database there is no other place to wait than at the head of the partition.
      LONG_WAIT_MS = 1_000
      private_constant :Waits, :PUBLISH_RETRY, :LONG_WAIT_MS

      # @param parts [Parts]
      def initialize(parts)
        @parts = parts
        @lock = Mutex.new
        # Deliveries that were no attempts, by stream and sequence; a restart forgets them, which only ends retries earlier.
        @uncounted = Hash.new(0)
      end

      # @param delivery [Nats::Delivery]
      # @param cancellation [Cancellation] comes when the service stops waiting: the delivery goes back at once, without a
      #   verdict
      def settle(delivery, cancellation)
        event, fault = read(delivery.message)
        return bury(delivery, dead(DeadLetter.reason_of(fault), fault), 0, cancellation) if fault

        event ? run(delivery, event, cancellation) : delivery.ack
      end

      private

      # @return [Array(Event, Symbol)] the event, or the code of why there is none
      def read(message)
        [@parts.router.decode(message), nil]
      rescue Error => error
        [nil, error.code]
      end

      def dead(reason, error) = Consumer::Verdict.new(kind: :dead, reason:, error:)

      def run(delivery, event, cancellation)
        policy = @parts.policy_of(event.contract)
        attempt = attempt_of(delivery)
        if attempt > (@parts.max_deliveries || (policy.max_attempts * 2))
          return bury(delivery, dead("exhausted", :exhausted), attempt - 1, cancellation)
        end

        attempt(delivery, event.for_attempt(attempt), policy, cancellation)
      end

      def attempt(delivery, event, policy, cancellation)
        handle(event, policy)
      rescue => error
        return give_back(delivery) if cancellation.canceled?

        verdict = Consumer::Verdict.of(error, policy:, attempt: event.attempt, random: @parts.random)
        follow(delivery, event, verdict, cancellation)
      else
        forget(delivery)
        delivery.ack
      end

      # The time is the handler's alone; what it publishes after it is refused.
      def handle(event, policy)
        @parts.watchdog.run(policy.handler_timeout_ms, "#{event.type} #{event.id}") do |deadline|
          tx = @parts.publisher.caused_by(event.envelope, cancellation: deadline)
          @parts.handle.call(event.with(cancellation: deadline, log: @parts.log), tx)
        end
      end

      def follow(delivery, event, verdict, cancellation)
        attempts = verdict.counted ? event.attempt : event.attempt - 1
        return bury(delivery, verdict, attempts, cancellation) if verdict.kind == :dead

        note_uncounted(delivery) unless verdict.counted
        if @parts.order == :strict && verdict.delay_ms > LONG_WAIT_MS
          @parts.log.warn("an event that waits holds its partition", **event.log_fields, delay_ms: verdict.delay_ms)
        end
        delivery.retry(verdict.delay_ms)
      end

      # The dead letter is stored before the event is done: a stream that is full keeps the event here.
      def bury(delivery, verdict, attempts, cancellation)
        letter = DeadLetter.write(delivery.message, service: @parts.service, reason: verdict.reason, error: verdict.error,
          attempts:, namespace: @parts.namespace)
        return give_back(delivery) unless stored?(letter, cancellation)

        @parts.log.warn("event became a dead letter", stream: delivery.message.stream,
          sequence: delivery.message.sequence, reason: verdict.reason, error: verdict.error.to_s, attempts:)
        forget(delivery)
        delivery.ack
      end

      def stored?(letter, cancellation)
        failures = 0
        begin
          return false if cancellation.canceled?

          @parts.transport.publish(letter, cancellation:)
          true
        rescue Error => error
          delay_ms = Backoff.delay_ms(PUBLISH_RETRY, failures += 1, @parts.random.rand)
          @parts.log.warn("a dead letter cannot be stored; its event waits", error: error.code.to_s, delay_ms:) if
            failures == 1
          @parts.clock.sleep(delay_ms, cancellation)
          retry
        end
      end

      def give_back(delivery)
        note_uncounted(delivery)
        delivery.retry(0)
      end

      def attempt_of(delivery)
        [1, delivery.deliveries - @lock.synchronize { @uncounted[name_of(delivery)] }].max
      end

      def note_uncounted(delivery)
        @lock.synchronize { @uncounted[name_of(delivery)] += 1 }
      end

      def forget(delivery)
        @lock.synchronize { @uncounted.delete(name_of(delivery)) }
      end

      def name_of(delivery) = [delivery.message.stream, delivery.message.sequence]
    end
  end
end
