# frozen_string_literal: true

require "json"
require_relative "../error"
require_relative "failures"
require_relative "inbox"
require_relative "stored"

module Concord
  module Nats
    # Pulls messages of one consumer, for one thread. It ends with the first sign that a message may be missing: lost
    # connection, missed heartbeats, consumer gone.
    class Pull
      # How often the server shows that a request still waits; twice without is a loss.
      HEARTBEAT_MS = 2_000
      # How long a request waits for messages before it is repeated.
      EXPIRES_MS = 30_000
      NANOS = 1_000_000
      # How soon a cancellation is seen.
      TICK_MS = 50
      ENDED = /maxbytes|batch completed/i
      private_constant :HEARTBEAT_MS, :EXPIRES_MS, :NANOS, :TICK_MS, :ENDED

      # @return [Integer] messages asked for that have not arrived
      attr_reader :asked
      # @return [Boolean] whether the server refused the last request because others wait for what there is
      attr_reader :crowded
      alias_method :crowded?, :crowded

      # @param connection [Connection]
      # @param stream [String]
      # @param consumer [String]
      def initialize(connection, stream:, consumer:)
        @connection = connection
        @stream = stream
        @consumer = consumer
        @asked = 0
        @crowded = false
        @inbox = Inbox.new(connection.client)
        @lost = connection.on_lost do |reason|
          fail_with(Error.new(:unavailable, "reading stream #{stream} failed: #{reason}; read again"))
        end
        @refused = connection.on_refused { |refusal| refuse(refusal) }
      end

      # Asks for messages.
      # @param batch [Integer]
      # @param one_shot [Boolean] ends with the first messages there are
      # @param max_bytes [Integer, nil] ends before so many bytes are exceeded
      def ask(batch, one_shot: false, max_bytes: nil)
        @connection.require("reading stream #{@stream}")
        @heard_ms = @connection.clock.monotonic_ms if asked.zero?
        @asked += batch
        request = {batch:, expires: EXPIRES_MS * NANOS, idle_heartbeat: HEARTBEAT_MS * NANOS}
        request[:no_wait] = true if one_shot
        request[:max_bytes] = max_bytes if max_bytes
        @connection.client.send_message("$JS.API.CONSUMER.MSG.NEXT.#{@stream}.#{@consumer}", @inbox.subject,
          JSON.generate(request))
      end

      # Waits for a message.
      # @return [Received, nil] nil when none came for a moment, or the request ended
      # @raise [Error] `unavailable`, `not_found` (the consumer is gone), `permission_denied`
      def pop(timeout_ms = TICK_MS)
        message = @inbox.pop(timeout_ms)
        raise @failure if @failure && message.nil?
        return check_heartbeat if message.nil?

        @heard_ms = @connection.clock.monotonic_ms
        return on_status(message) if message.subject == @inbox.subject

        @asked -= 1 if asked.positive?
        @crowded = false
        message
      end

      # Ends the pull.
      # @return [Array<Received>] what arrived and was not taken
      def close
        [@lost, @refused].each { |listener| @connection.off(listener) }
        @inbox.close
        left = []
        while (message = @inbox.pop(0))
          left << message unless message.subject == @inbox.subject
        end
        left
      end

      private

      def fail_with(error)
        @failure ||= error
        @inbox.wake
      end

      def refuse(refusal)
        own = refusal.subject == @inbox.subject || refusal.subject.end_with?(".NEXT.#{@stream}.#{@consumer}")
        fail_with(Failures.from_refusal("reading stream #{@stream}", refusal)) if own
      end

      def check_heartbeat
        return if asked.zero? || @connection.clock.monotonic_ms - @heard_ms <= 2 * HEARTBEAT_MS

        raise Error.new(:unavailable, "consumer #{@consumer} of #{@stream} is silent; read again")
      end

      # What ends a request, and why (https://docs.nats.io/reference/reference-protocols/nats_api_reference).
      def on_status(message)
        code, text, header = Stored.status(message.head)
        return if code == 100

        if code == 404 || code == 408 || ENDED.match?(text)
          @crowded = text.match?(/requests pending/i)
          left = header["nats-pending-messages"]&.to_i || asked
          @asked = [0, asked - left].max
          return
        end
        gone = code == 503 || text.match?(/deleted/i)
        raise Error.new(gone ? :not_found : :unavailable,
          "consumer #{@consumer} of #{@stream} ended: #{text.empty? ? "nobody answers" : text.downcase}")
      end
    end
  end
end
