# frozen_string_literal: true

require "json"
require_relative "../error"
require_relative "../headers"
require_relative "../message"
require_relative "failures"

module Concord
  module Nats
    # Hands messages to streams.
    class Publishing
      FRAME_BYTES = "NATS/1.0\r\n\r\n".bytesize
      # `: ` and the line end.
      SEPARATOR_BYTES = 4
      LITERAL_SUBJECT = /\A[^\s.*>]+(?:\.[^\s.*>]+)*\z/
      BROKER_HEADER = /\Anats-/i
      LINE_END = /[\r\n\0]/
      private_constant :LINE_END
      private_constant :FRAME_BYTES, :SEPARATOR_BYTES, :LITERAL_SUBJECT, :BROKER_HEADER

      # What is being done, told only when it fails.
      Deed = Struct.new(:message) do
        def to_s = "publishing #{message.message_id} to stream #{message.stream}"
      end
      # Headers of a message that were checked, and the bytes that they take.
      Checked = Struct.new(:given, :own, :bytes)
      private_constant :Deed, :Checked

      # @param connection [Connection]
      def initialize(connection)
        @connection = connection
        @checked = Checked.new({}, {}, FRAME_BYTES).freeze
      end

      # Returns when the stream has stored the message. A repeated message id within the stream's dedupe window gives
      # `duplicate: true`. After an error the message may be stored all the same: repeat it with the same id.
      # @param message [OutgoingMessage]
      # @raise [Error] `too_large`, `invalid_argument`, `not_found` (no such stream), `resource_exhausted` (stream full),
      #   `permission_denied`, `unavailable`, `deadline_exceeded`, `canceled`
      # @return [PublishAck]
      def publish(message, timeout_ms: 5_000, cancellation: nil)
        what = describe(message)
        answer = @connection.replies.request(what, message.subject, bytes_of(message), headers: checked(message, what),
          timeout_ms:, cancellation:)
        read_ack(message, what, answer)
      rescue Error => error
        raise explained(message, error)
      end

      # Sends without waiting. Messages of one thread are stored in the order of the calls unless one fails.
      # @yieldparam ack [PublishAck, nil]
      # @yieldparam error [Error, nil] as {#publish} raises; the block runs on a thread of the connection, so be brief
      # @raise [Error] `too_large`, `invalid_argument`, `unavailable` when it was not sent
      def publish_later(message, timeout_ms: 5_000)
        what = describe(message)
        headers = checked(message, what)
        @connection.replies.begin(what, message.subject, bytes_of(message), headers:, timeout_ms:) do |answer, error|
          ack = read_ack(message, what, answer) unless error
          yield ack, error
        rescue Error => refusal
          yield nil, refusal
        end
      end

      private

      def bytes_of(message) = (message.body.encoding == Encoding::BINARY) ? message.body : message.body.b

      def describe(message) = Deed.new(message)

      # Broker headers that the message carries itself, in any case, are left out: a forwarded message must not steer
      # the server.
      def checked(message, what)
        unless LITERAL_SUBJECT.match?(message.subject)
          raise Error.new(:invalid_argument, "#{what} failed: #{message.subject.inspect} is no literal subject")
        end
        id = message.message_id
        if LINE_END.match?(id)
          raise Error.new(:invalid_argument, "#{what} failed: its message id holds a line end")
        end
        known = own_headers(message.headers)
        check_size(message, what, known.bytes + Headers::MESSAGE_ID.bytesize + id.bytesize + SEPARATOR_BYTES)
        {Headers::MESSAGE_ID => id.ascii_only? ? id : id.b, **known.own}
      end

      # Most messages carry the same headers as the one before.
      def own_headers(given)
        known = @checked
        return known if known.given == given

        own = given.reject { |name, _| BROKER_HEADER.match?(name) }
        Headers.check(own)
        own.transform_values!(&:b)
        bytes = own.sum(FRAME_BYTES) { |name, value| name.bytesize + value.bytesize + SEPARATOR_BYTES }
        @checked = Checked.new(given.dup.freeze, own.freeze, bytes).freeze
      end

      # nats-server closes the connection of a client that sends more than it takes (trap T17).
      def check_size(message, what, header_bytes)
        bytes = header_bytes + message.body.bytesize
        limit = @connection.max_payload_bytes
        return if bytes <= limit

        raise Error.new(:too_large, "#{what} failed: it has #{bytes} bytes with its headers and the server takes " \
          "#{limit}; send less, or raise max_payload", bytes:, limit_bytes: limit)
      end

      def read_ack(message, what, answer)
        ack = JSON.parse(answer.data)
        raise Failures.from_api(what, ack["error"]) if ack["error"]
        return PublishAck.new(stream: ack["stream"], sequence: ack["seq"], duplicate: ack["duplicate"] == true) if
          ack["stream"] == message.stream

        raise Error.new(:stream_conflict, "#{what} failed: stream #{ack["stream"]} keeps its subject; remove that " \
          "stream or use a namespace", stream: ack["stream"])
      end

      # Nobody answered: finds out whether there is no such stream, no such subject in it, or no leader.
      def explained(message, error)
        return error unless error.details[:silent]

        what = describe(message)
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
