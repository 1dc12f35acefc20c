# frozen_string_literal: true

require_relative "../error"
require_relative "delivery"
require_relative "durable"
require_relative "pull"

module Concord
  module Nats
    # Delivers with acknowledgements, and goes on by itself after a lost connection or a deleted durable.
    class DurableReader
      FIRST_PAUSE_MS = 100
      LONGEST_PAUSE_MS = 5_000
      NO_STREAM = 10_059
      private_constant :FIRST_PAUSE_MS, :LONGEST_PAUSE_MS, :NO_STREAM

      # @param connection [Connection]
      def initialize(connection)
        @connection = connection
      end

      # Yields deliveries: at least once, again after a `retry`, a missing acknowledgement or a crash. It asks the server
      # only when the block has returned, and for no more than `room` says, so that nothing lies in a buffer while its
      # acknowledgement wait runs out (trap T10). Ends when canceled.
      # @param stream [String]
      # @param durable [String]
      # @param room [#call] how many deliveries can be taken now
      # @param cancellation [Cancellation]
      # @param warn [#call]
      # @yieldparam delivery [Delivery]
      # @raise [Error] `not_found` (no such stream), `failed_precondition`, `permission_denied`; `unavailable` only
      #   at the start
      def consume(stream:, durable:, filter:, max_ack_pending:, ack_wait_ms:, cancellation:, room: -> { max_ack_pending },
        warn: ->(_sentence) {}, &)
        kept = Durable.new(@connection, stream:, name: durable, filter:, max_ack_pending:, ack_wait_ms:, warn:)
        opened = false
        failures = 0
        until cancellation.canceled?
          begin
            made = kept.ensure!
            if made && opened
              warn.call("durable #{durable} of stream #{stream} was deleted; it begins anew and everything is delivered " \
                "again")
            end
            opened = true
            deliver(stream, durable, room, cancellation) do |delivery|
              failures = 0
              yield delivery
            end
          rescue Error => error
            raise unless opened && recoverable?(error)

            failures += 1
            pause(failures, cancellation)
          end
        end
      end

      private

      # One session; ends with the cancellation, raises when the session is lost.
      def deliver(stream, durable, room, cancellation)
        pull = Pull.new(@connection, stream:, consumer: durable)
        until cancellation.canceled?
          ask(pull, room.call)
          message = pull.pop or next
          yield Delivery.new(@connection, stream, message)
        end
      ensure
        pull&.close&.each { |message| Delivery.new(@connection, stream, message).give_back }
      end

      # A one-shot request is refused while another replica's waits for more than there is; then one message is waited
      # for in the queue.
      def ask(pull, room)
        return if pull.asked.positive? || room < 1

        pull.crowded? ? pull.ask(1) : pull.ask(room, one_shot: true)
      end

      # Losing the broker, the durable or, while a cluster starts, JetStream: all may come back.
      def recoverable?(error)
        return true if %i[unavailable deadline_exceeded unsupported].include?(error.code)

        error.code == :not_found && error.details[:nats_error_code] != NO_STREAM
      end

      def pause(failures, cancellation)
        return unless @connection.restored?(cancellation)

        cancellation.wait([LONGEST_PAUSE_MS, FIRST_PAUSE_MS * (2**[failures, 10].min)].min)
      end
    end
  end
end
