# frozen_string_literal: true

require_relative "../headers"
require_relative "attributes"
require_relative "header_text"

module Concord
  module CloudEvents
    # An envelope as a CloudEvent in binary mode: attributes as `ce-*` headers, data as the body
    # (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/nats-protocol-binding.md).
    module BinaryMode
      PREFIX = "ce-"
      # The header that tells a CloudEvent in binary mode from any other message.
      SPECVERSION = "ce-specversion"
      # What a body without a content type of its own is.
      DEFAULT_TYPE = "application/protobuf"
      private_constant :PREFIX, :DEFAULT_TYPE

      module_function

      # @return [Array(Hash, String)] headers and body. The plain `content-type` says that there is data, which an empty
      #   body alone could not.
      def write(envelope)
        headers = {}
        headers[Headers::CONTENT_TYPE] = HeaderText.write(envelope.data_content_type || DEFAULT_TYPE) if envelope.data
        required = {"specversion" => Attributes::SPECVERSION, "id" => envelope.id, "source" => envelope.source,
                    "type" => envelope.type}
        [*required, *Attributes.optional(envelope)].each do |name, value|
          headers[PREFIX + name] = HeaderText.write(Attributes.text(value))
        end
        [headers, envelope.data || ""]
      end

      # @param headers [Hash{String => String}] names in lower case
      # @raise [Error] `undecodable`, `invalid_envelope`, `invalid_attribute`
      # @return [Envelope]
      def read(headers, body)
        content_type = headers[Headers::CONTENT_TYPE]
        own = headers.filter_map do |name, value|
          [name.delete_prefix(PREFIX), HeaderText.read(value)] if name.start_with?(PREFIX)
        end
        # Those who write as for HTTP tell the type of the data in the plain header alone.
        plain = [["datacontenttype", HeaderText.read(content_type)]] unless [nil, DEFAULT_TYPE].include?(content_type)
        Attributes.to_envelope([*plain, *own], (body.empty? && content_type.nil?) ? nil : body)
      end
    end
  end
end
