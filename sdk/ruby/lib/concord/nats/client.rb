# frozen_string_literal: true

require "nats"

# Private to the library and the same from 2.5 to 2.7. Without them nothing that is asked would ever be answered.
missing = %i[process_msg process_err send_command].reject do |name|
  NATS::Client.method_defined?(name) || NATS::Client.private_method_defined?(name)
end
raise LoadError, "nats-pure #{NATS::IO::VERSION} has no #{missing.join(", ")}; use 2.7" if missing.any?

module Concord
  module Nats
    # The client of NATS, with two ways of its own. What comes for a listener is handed over by the thread that reads the
    # connection: the library's queues, locks and threads cost more than all else that is done for a message. And a refusal
    # of a single subject leaves the connection open
    # (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-40.md), but the library takes it for a failed
    # login and never comes back.
    class Client < ::NATS::Client
      # What a user may not do: `verb` is `publish to` or `subscribe to`.
      Refusal = Struct.new(:verb, :subject)

      VIOLATION = /permissions violation for (?<act>publish|subscription) to "(?<subject>[^"]*)"/i
      VERSION = "NATS/1.0\r\n"
      # Bytes of a header block that are no header line.
      FRAME_BYTES = "#{VERSION}\r\n".bytesize
      private_constant :VIOLATION, :VERSION

      def initialize(...)
        super
        @handlers = {}
      end

      # Calls the block for each subject that is refused, on the thread that reads the connection.
      # @yieldparam refusal [Refusal]
      def on_refused(&listener)
        @on_refused = listener
      end

      # Subscribes with a block that is called on the thread that reads the connection: whoever waits there keeps all others
      # waiting.
      # @yieldparam subject [String]
      # @yieldparam reply [String, nil]
      # @yieldparam body [String]
      # @yieldparam head [String, nil] the header block as it came
      # @return [Object] for {#stop_listening}
      def listen(subject, &handler)
        subscription = subscribe(subject)
        synchronize { @handlers = @handlers.merge(subscription.sid => handler) }
        subscription
      end

      # Ends a subscription; nothing happens when it ended with the connection.
      def stop_listening(subscription)
        synchronize { @handlers = @handlers.except(subscription.sid) }
        subscription.unsubscribe unless closed? || subscription.closed
      rescue ::NATS::IO::ConnectionClosedError, ::NATS::IO::BadSubscription
        # It ended with the connection.
      end

      # Sends a message.
      # @param body [String] binary
      # @param head [String, nil] header lines with their line ends, checked
      # @raise [NATS::IO::Error]
      def send_message(subject, reply, body, head = nil)
        size = body.bytesize
        if head
          before = head.bytesize + FRAME_BYTES
          send_command("HPUB #{subject} #{reply} #{before} #{before + size}\r\n#{VERSION}#{head}\r\n#{body}\r\n")
        else
          send_command("PUB #{subject} #{reply} #{size}\r\n#{body}\r\n")
        end
        @flush_queue << :pub if @flush_queue.empty?
      end

      # Called by the parser for a message.
      def process_msg(subject, sid, reply, body, head)
        handler = @handlers[sid] or return super
        begin
          handler.call(subject, reply, body, head)
        rescue => error
          # The connection must not end with it.
          warn "concord: what was to follow a message failed: #{error.full_message(highlight: false)}"
        end
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
