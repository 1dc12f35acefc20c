# frozen_string_literal: true

require_relative "../error"
require_relative "wire"

module Concord
  class Envelope
    # The envelope as ProtoJSON, for people and tools; nothing is sent in it (conformance F5,
    # https://protobuf.dev/programming-guides/json/).
    module Json
      Message = Proto::Event::V1::Envelope
      private_constant :Message

      module_function

      # @return [String] names in camel case, 64-bit numbers as texts, bytes as base64
      def write(envelope)
        Message.encode_json(Message.decode(envelope.encode))
      end

      # @param text [String] in UTF-8; names in camel or snake case, unknown ones are passed over
      # @raise [Error] `undecodable`
      # @return [Hash{Symbol => Object}] fields of an envelope
      def read(text)
        text = text.dup.force_encoding(Encoding::UTF_8)
        raise Error.new(:undecodable, "the text is no valid UTF-8") unless text.valid_encoding?

        Wire.to_fields(Message.decode_json(text, ignore_unknown_fields: true))
      rescue Google::Protobuf::ParseError
        raise Error.new(:undecodable, "the text is no envelope in JSON")
      end
    end
  end
end
