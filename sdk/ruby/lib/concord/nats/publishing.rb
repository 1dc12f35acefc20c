# frozen_string_literal: true

require "json"
require_relative "../error"
require_relative "../headers"
require_relative "../message"
require_relative "client"
require_relative "failures"

module Concord
  module Nats
    # Hands messages to streams.
    class Publishing
      NOT_LITERAL = /[\s*>\0]/
      BROKER_HEADER = /\Anats-/i
      LINE_END = /[\r\n\0]/
      # The end of an answer that says nothing but the sequence.
      PLAIN_SEQUENCE = /\A[0-9]+\}\z/
      private_constant :NOT_LITERAL, :BROKER_HEADER, :LINE_END, :PLAIN_SEQUENCE

      # A message on its way: tells what is being done when it fails, and hears the answer.
      Sending = Struct.new(:message, :publishing, :listener) do
        def to_s = "publishing #{message.message_id} to stream #{message.stream}"

        def call(answer, error)
          ack = publishing.read_ack(self, answer) unless error
        rescue Error => refusal
          listener.call(nil, refusal)
        else
          listener.call(ack, error)
        end
      end
      # Headers that were checked, and their lines.
      Checked = Struct.new(:given, :lines)
      # A stream, and how its plain answers begin.
      Known = Struct.new(:stream, :answer)
      private_constant :Sending, :Checked, :Known

      # @param connection [Connection]
      def initialize(connection)
        @connection = connection
        @checked = Checked.new({}, "".b).freeze
        @known = Known.new
      end

      # Returns when the stream has stored the message. A repeated message id within the stream's dedupe window gives
      # `duplicate: true`. After an error the message may be stored all the same: repeat it with the same id.
      # @param message [OutgoingMessage]
      # @raise [Error] `too_large`, `invalid_argument`, `not_found` (no such stream), `resource_exhausted` (stream full),
      #   `permission_denied`, `unavailable`, `deadline_exceeded`, `canceled`
      # @return [PublishAck]
      def publish(message, timeout_ms: 5_000, cancellation: nil)
        sending = Sending.new(message, self)
        answer = @connection.replies.request(sending, message.subject, bytes_of(message), head: head_of(message, sending),
          timeout_ms:, cancellation:)
        read_ack(sending, answer)
      rescue Error => error
        raise explained(message, error)
      end

      # Sends without waiting. Messages of one thread are stored in the order of the calls unless one fails.
      # @yieldparam ack [PublishAck, nil]
      # @yieldparam error [Error, nil] as {#publish} raises; the block runs on a thread of the connection, so be brief
      # @raise [Error] `too_large`, `invalid_argument`, `unavailable` when it was not sent
      def publish_later(message, timeout_ms: 5_000, &listener)
        sending = Sending.new(message, self, listener)
        @connection.replies.begin(sending, message.subject, bytes_of(message), sending, head: head_of(message, sending),
          timeout_ms:)
      end

      # @api private
      # @param sending [Sending]
      # @param answer [String]
      # @raise [Error]
      # @return [PublishAck]
      def read_ack(sending, answer)
        stream = sending.message.stream
        plain_ack(stream, answer) || told_ack(sending, stream, JSON.parse(answer))
      end

      private

      def bytes_of(message) = (message.body.encoding == Encoding::BINARY) ? message.body : message.body.b

      # Broker headers that the message carries itself, in any case, are left out: a forwarded message must not steer
      # the server.
      def head_of(message, what)
        unless literal?(message.subject)
          raise Error.new(:invalid_argument, "#{what} failed: #{message.subject.inspect} is no literal subject")
        end
        id = message.message_id
        if LINE_END.match?(id)
          raise Error.new(:invalid_argument, "#{what} failed: its message id holds a line end")
        end
        head = "#{Headers::MESSAGE_ID}: #{id.ascii_only? ? id : id.b}\r\n#{own_lines(message.headers)}"
        check_size(message, what, head.bytesize + Client::FRAME_BYTES)
        head
      end

      def literal?(subject)
        subject.ascii_only? && !NOT_LITERAL.match?(subject) && !subject.empty? && !subject.include?("..") &&
          !subject.start_with?(".") && !subject.end_with?(".")
      end

      # Most messages carry the same headers as the one before.
      def own_lines(given)
        known = @checked
        return known.lines if known.given == given

        own = given.reject { |name, _| BROKER_HEADER.match?(name) }
        Headers.check(own)
        lines = own.map { |name, value| "#{name}: #{value}\r\n".b }.join.b.freeze
        @checked = Checked.new(given.dup.freeze, lines).freeze
        lines
      end

      # nats-server closes the connection of a client that sends more than it takes (trap T17).
      def check_size(message, what, header_bytes)
        bytes = header_bytes + message.body.bytesize
        limit = @connection.max_payload_bytes
        return if bytes <= limit

        raise Error.new(:too_large, "#{what} failed: it has #{bytes} bytes with its headers and the server takes " \
          "#{limit}; send less, or raise max_payload", bytes:, limit_bytes: limit)
      end

      # Most answers are the stream and the sequence, always written alike, which is read in a quarter of the time that JSON
      # takes.
      def plain_ack(stream, answer)
        known = @known
        known = @known = Known.new(stream, "{\"stream\":\"#{stream}\", \"seq\":").freeze if known.stream != stream
        return unless answer.start_with?(known.answer)

        sequence = answer.byteslice(known.answer.bytesize..)
        PublishAck.new(stream, sequence.to_i, false) if PLAIN_SEQUENCE.match?(sequence)
      end

      def told_ack(what, stream, ack)
        raise Failures.from_api(what, ack["error"]) if ack["error"]
        return PublishAck.new(stream, ack["seq"], ack["duplicate"] == true) if ack["stream"] == stream

        raise Error.new(:stream_conflict, "#{what} failed: stream #{ack["stream"]} keeps its subject; remove that " \
          "stream or use a namespace", stream: ack["stream"])
      end

      # Nobody answered: finds out whether there is no such stream, no such subject in it, or no leader.
      def explained(message, error)
        return error unless error.details[:silent]

        what = Sending.new(message)
        @connection.api(what, "STREAM.INFO.#{message.stream}")
        Error.new(:unavailable, "#{what} failed: the stream does not keep that subject, or has no leader now; " \
          "provision the streams, or try again")
      rescue Error => reason
        return reason unless reason.code == :permission_denied

        # Without the right to ask, the likeliest reason is told.
        Error.new(:not_found, "#{what} failed: no stream keeps its subject; provision the streams")
      end
    end
  end
end
