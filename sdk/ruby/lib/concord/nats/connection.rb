# frozen_string_literal: true

require "json"
require "nats"
require_relative "../clock"
require_relative "../error"
require_relative "client"
require_relative "failures"
require_relative "reply_box"

module Concord
  module Nats
    # One connection to the broker, which comes back by itself, and JetStream's API over it.
    class Connection
      # A server that says nothing for twice this time is lost. The client's default of two minutes is far too long for
      # a service that others wait for.
      PING_INTERVAL_S = 2
      MAX_PINGS = 2
      RECONNECT_WAIT_S = 0.25
      API = "$JS.API"
      private_constant :PING_INTERVAL_S, :MAX_PINGS, :RECONNECT_WAIT_S, :API

      # @return [Client]
      attr_reader :client
      # @return [Clock]
      attr_reader :clock
      # @return [ReplyBox]
      attr_reader :replies

      # @param servers [String, Array<String>] URLs, several of one cluster
      # @param name [String] shown to operators of the broker
      # @param credentials [String, nil] path of a NATS .creds file
      # @param inbox_prefix [String] first tokens of the reply subjects, for users who may subscribe to only some. Default
      #   `_INBOX`.
      # @param connect_timeout_ms [Integer] how long to try before giving up; default 5,000
      # @raise [Error] `unavailable`, `unauthenticated`
      def initialize(servers, name: "concord", credentials: nil, inbox_prefix: "_INBOX", clock: Clock.new,
        connect_timeout_ms: 5_000)
        @clock = clock
        @lock = Mutex.new
        @on_lost = []
        @on_restored = []
        @on_refused = []
        options = {name:, custom_inbox_prefix: inbox_prefix, reconnect_time_wait: RECONNECT_WAIT_S, max_reconnect_attempts: -1,
                   ping_interval: PING_INTERVAL_S, max_outstanding_pings: MAX_PINGS}
        options[:user_credentials] = credentials if credentials
        @client = dial(Array(servers).join(","), options, connect_timeout_ms)
        @client.on_disconnect { |error| tell(@on_lost, "the connection was lost#{": #{error.message}" if error}") }
        @client.on_reconnect { tell(@on_restored) }
        @client.on_refused { |refusal| tell(@on_refused, refusal) }
        @replies = ReplyBox.new(self)
      end

      # @return [Boolean] whether the broker can be reached now
      def connected?
        client.connected?
      end

      # @raise [Error] `unavailable` when the broker cannot be reached now
      def require(what)
        raise Error.new(:unavailable, "#{what} failed: there is no connection; try again") unless connected?
      end

      # Largest body plus headers that the server takes, in bytes.
      # @return [Integer]
      def max_payload_bytes
        client.server_info[:max_payload] || 1_048_576
      end

      # @return [Boolean] whether the server is one of several
      def clustered?
        !client.server_info[:cluster].to_s.empty?
      end

      # Calls the block, with the reason, whenever the connection is lost.
      # @return [Proc] for {#off}
      def on_lost(&listener)
        @lock.synchronize { @on_lost << listener }
        listener
      end

      # Calls the block whenever the connection is back.
      # @return [Proc] for {#off}
      def on_restored(&listener)
        @lock.synchronize { @on_restored << listener }
        listener
      end

      # Calls the block for each subject that the user's permissions refuse.
      # @yieldparam refusal [Client::Refusal]
      # @return [Proc] for {#off}
      def on_refused(&listener)
        @lock.synchronize { @on_refused << listener }
        listener
      end

      # Forgets a listener.
      def off(listener)
        @lock.synchronize { [@on_lost, @on_restored, @on_refused].each { |listeners| listeners.delete(listener) } }
      end

      # Waits until the broker can be reached, or the cancellation comes.
      # @return [Boolean] whether it can
      def restored?(cancellation)
        until connected?
          return false if cancellation.wait(50)
        end
        !cancellation.canceled?
      end

      # Calls JetStream's API.
      # @param what [String] what is being done, to begin the sentence of an error
      # @raise [Error] what the server refuses, `permission_denied`, `unavailable`, `deadline_exceeded`, `unsupported`
      # @return [Hash] the answer
      def api(what, subject, payload = nil, timeout_ms: 5_000, cancellation: nil)
        answer = replies.request(what, "#{API}.#{subject}", payload ? JSON.generate(payload) : "", timeout_ms:,
          cancellation:)
        result = JSON.parse(answer)
        raise Failures.from_api(what, result["error"]) if result["error"]

        result
      rescue Error => error
        raise unless error.details[:silent]

        raise Failures.wrap(what, ::NATS::IO::NoRespondersError.new("no responders"))
      end

      # Ends the connection.
      def close
        replies.close
        client.close
      end

      private

      # The client either never gives up its first connection or never comes back after a loss; this gives it up after
      # a time, and comes back.
      def dial(servers, options, timeout_ms)
        deadline = clock.monotonic_ms + timeout_ms
        begin
          client = Client.new
          client.connect(servers, {**options, reconnect: false})
          client.options[:reconnect] = true
          client
        rescue ::NATS::IO::Error, SystemCallError, SocketError, OpenSSL::SSL::SSLError => error
          raise Failures.wrap("connecting", error) if error.is_a?(::NATS::IO::AuthError)
          raise unreachable(error) if clock.monotonic_ms >= deadline

          clock.sleep(RECONNECT_WAIT_S * 1000)
          retry
        end
      end

      def unreachable(error)
        Error.new(:unavailable, "connecting failed: no server can be reached (#{error.class.name}); check the address")
      end

      def tell(listeners, *facts)
        @lock.synchronize { listeners.dup }.each { |listener| listener.call(*facts) }
      end
    end
  end
end
