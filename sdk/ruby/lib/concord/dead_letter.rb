# frozen_string_literal: true

require_relative "error"
require_relative "headers"
require_relative "message"
require_relative "subject"

module Concord
  # The verdict on an event that a consumer gave up on: what headers and subject of a dead letter say, without opening
  # its body.
  class DeadLetter
    # Why an event was given up on, as written to `concord-reason` (conformance F12).
    REASONS = %w[terminal exhausted invalid undecodable too_old].freeze
    # What becomes of a message that cannot be handed to its handler; every other code is `invalid`.
    REASON_OF_CODE = {undecodable: "undecodable", too_old: "too_old"}.freeze
    BROKER_HEADER = /\Anats-/i
    VERDICT = [Headers::REASON, Headers::ERROR, Headers::ATTEMPTS, Headers::AGAIN].freeze
    private_constant :REASON_OF_CODE, :BROKER_HEADER, :VERDICT

    # @return [String] one of {REASONS}
    attr_reader :reason
    # @return [Symbol] code of the last error
    attr_reader :error
    # @return [Integer] runs that failed
    attr_reader :attempts
    # @return [String] the service that gave up
    attr_reader :consumer
    # @return [String, nil]
    attr_reader :namespace
    # @return [String] the broker's name of the stream of the original message
    attr_reader :original_stream
    # @return [Integer]
    attr_reader :original_sequence
    # @return [String]
    attr_reader :original_subject
    # @return [Integer] how often the event was redriven
    attr_reader :redrives

    # Reads the verdict of a stored dead letter.
    # @param message [StoredMessage]
    # @raise [Error] `invalid_argument` when it is none
    def initialize(message)
      headers = message.headers
      place = Subject.split_service(message.subject)
      @reason = headers[Headers::REASON]
      @original_stream = headers[Headers::STREAM]
      @original_sequence = DeadLetter.count(headers[Headers::SEQUENCE])
      unless place && place[:tree] == "dlq" && REASONS.include?(reason) && original_stream && original_sequence
        raise Error.new(:invalid_argument, "#{message} is no dead letter")
      end

      @error = headers[Headers::ERROR].to_s.to_sym
      @attempts = DeadLetter.count(headers[Headers::ATTEMPTS]) || 0
      @consumer = place[:service]
      @namespace = place[:namespace]
      @original_subject = place[:subject]
      @redrives = DeadLetter.redrives(headers)
      freeze
    end

    class << self
      # Writes the message that keeps a given-up event for people: the original bytes and headers under
      # `[ns.]dlq.<service>.<subject>`, with the verdict in headers and an id that repeats with the verdict
      # (conformance F8, F12).
      # @param message [StoredMessage] as it was read: the original, or the redrive of an earlier dead letter
      # @param service [String] that gives up
      # @param reason [String] one of {REASONS}
      # @param error [Symbol] code of the last error; never its message
      # @param attempts [Integer] runs that raised or timed out (conformance F11)
      # @return [OutgoingMessage]
      def write(message, service:, reason:, error:, attempts:, namespace: nil)
        stream, sequence, subject = origin_of(message)
        redrives = redrives(message.headers)
        headers = forwarded(message.headers).merge(
          Headers::REASON => reason, Headers::ERROR => error.to_s, Headers::ATTEMPTS => attempts.to_s,
          Headers::CONSUMER => service, Headers::STREAM => stream, Headers::SEQUENCE => sequence.to_s
        )
        headers[Headers::REDRIVE] = redrives.to_s if redrives.positive?
        OutgoingMessage.new(stream: Subject.stream_name("dlq", service, namespace:), headers:, body: message.body,
          subject: Subject.under("dlq", service, namespace, subject),
          message_id: MessageId.dead_letter(service, stream, sequence, redrives))
      end

      # Writes the request to run a dead letter again, for the service that gave up and no other: the same bytes under
      # `rdr.` for `dlq.`, with the next redrive number and a new message id (trap T6).
      # @param message [StoredMessage] a dead letter
      # @param envelope [Envelope, nil] where its bytes could be read
      # @raise [Error] `invalid_argument` when the message is no dead letter
      # @return [OutgoingMessage]
      def redrive(message, envelope = nil)
        letter = new(message)
        number = letter.redrives + 1
        headers = forwarded(message.headers).except(*VERDICT).merge(Headers::REDRIVE => number.to_s)
        OutgoingMessage.new(headers:, body: message.body, message_id: redrive_id(letter, envelope, number),
          stream: Subject.stream_name("rdr", letter.consumer, namespace: letter.namespace),
          subject: Subject.under("rdr", letter.consumer, letter.namespace, letter.original_subject))
      end

      # Tells under which reason a message that could not be read becomes a dead letter.
      # @param code [Symbol]
      # @return [String]
      def reason_of(code)
        REASON_OF_CODE.fetch(code, "invalid")
      end

      # Tells how often the event of a message was redriven: 0 for an original.
      def redrives(headers)
        count(headers[Headers::REDRIVE]) || 0
      end

      # Tells whether a request asks to handle an event that may have been handled already.
      def again?(headers)
        headers[Headers::AGAIN] == "true"
      end

      # @return [Integer, nil] nil for anything but decimal digits
      def count(text)
        text.to_i if text&.match?(/\A[0-9]{1,20}\z/)
      end

      private

      # A redrive that fails again is told by where its event first stood, so that its dead letter keeps one identity.
      def origin_of(message)
        place = Subject.split_service(message.subject)
        sequence = count(message.headers[Headers::SEQUENCE])
        stream = message.headers[Headers::STREAM]
        return [stream, sequence, place[:subject]] if place && place[:tree] == "rdr" && stream && sequence

        [message.stream, message.sequence, place ? place[:subject] : message.subject]
      end

      # Headers that go with the bytes: all but the broker's own, such as the message id.
      def forwarded(headers)
        headers.reject { |name, _| BROKER_HEADER.match?(name) }
      end

      def redrive_id(letter, envelope, number)
        return MessageId.event(envelope.source, envelope.id, number) if envelope

        base = MessageId.dead_letter(letter.consumer, letter.original_stream, letter.original_sequence, letter.redrives)
        "#{base}/redrive/#{number}"
      end
    end
  end
end
