# frozen_string_literal: true

require "delegate"
require_relative "envelope"
require_relative "headers"
require_relative "subject"
require_relative "wire_format"

module Concord
  # A transport that sends events and commands in another format. Outboxes keep envelopes all the same, with the sequence
  # that only they know; dead letters and redrives go as they came, because they keep the original's bytes.
  class FormattedTransport < SimpleDelegator
    # @param transport [Nats::Transport]
    # @param format [Symbol] one of {WireFormat::NAMES}
    def initialize(transport, format)
      super(transport)
      @format = format
    end

    # @see Nats::Publishing#publish
    def publish(message, **options) = super(convert(message), **options)

    # @see Nats::Publishing#publish_later
    def publish_later(message, **options, &) = super(convert(message), **options, &)

    private

    # The hop's own headers stay; what told the envelope's type gives way to what the format needs.
    def convert(message)
      return message if Subject.split_service(message.subject) ||
        Headers.media_type(message.headers[Headers::CONTENT_TYPE]) != Headers::ENVELOPE

      headers, body = WireFormat.write(@format, Envelope.decode(message.body))
      message.dup.tap do |converted|
        converted.headers = message.headers.except(Headers::CONTENT_TYPE).merge(headers)
        converted.body = body
      end
    end
  end
end
