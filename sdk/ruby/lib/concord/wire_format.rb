# frozen_string_literal: true

require_relative "cloud_events/binary_mode"
require_relative "cloud_events/json_format"
require_relative "cloud_events/protobuf_format"
require_relative "envelope"
require_relative "headers"

module Concord
  # How an envelope stands in a message: the formats that events are sent in. Readers take all of them by content type.
  module WireFormat
    # `envelope` is the smallest, fastest and default; CloudEvents are for systems that know nothing of Concord.
    NAMES = %i[envelope cloudevents_json cloudevents_binary cloudevents_protobuf].freeze
    JSON_EVENT = "application/cloudevents+json"
    PROTOBUF_EVENT = "application/cloudevents+protobuf"
    # Readers of bodies that hold the whole envelope, by media type (conformance F1). Batches are not among them.
    READERS = {
      Headers::ENVELOPE => Envelope.method(:decode), PROTOBUF_EVENT => CloudEvents::ProtobufFormat.method(:read),
      JSON_EVENT => CloudEvents::JsonFormat.method(:read),
      "application/cloudevents" => CloudEvents::JsonFormat.method(:read)
    }.freeze
    private_constant :READERS

    module_function

    # @param format [Symbol] one of {NAMES}
    # @return [Array(Hash, String)] the headers that the format needs, and the body
    def write(format, envelope)
      case format
      when :envelope then [{Headers::CONTENT_TYPE => Headers::ENVELOPE}, envelope.encode]
      when :cloudevents_json then [{Headers::CONTENT_TYPE => JSON_EVENT}, CloudEvents::JsonFormat.write(envelope)]
      when :cloudevents_binary then CloudEvents::BinaryMode.write(envelope)
      when :cloudevents_protobuf then [{Headers::CONTENT_TYPE => PROTOBUF_EVENT},
        CloudEvents::ProtobufFormat.write(envelope)]
      else raise Error.new(:config, "there is no wire format #{format}; use one of #{NAMES.join(", ")}")
      end
    end

    # Reads the envelope of a message in whatever format its content type says; a message with a `ce-specversion` and
    # another content type is a CloudEvent in binary mode.
    # @param headers [Hash{String => String}] names in lower case
    # @raise [Error] `unsupported_content_type`, `undecodable`, `invalid_envelope`, `invalid_attribute`
    # @return [Envelope]
    def read(headers, body)
      media_type = Headers.media_type(headers[Headers::CONTENT_TYPE])
      reader = READERS[media_type]
      return reader.call(body) if reader

      if headers.key?(CloudEvents::BinaryMode::SPECVERSION) && !media_type.start_with?("application/cloudevents")
        return CloudEvents::BinaryMode.read(headers, body)
      end
      raise Error.new(:unsupported_content_type, "the message has no content type that is read here; " \
        "send #{Headers::ENVELOPE}")
    end
  end
end
