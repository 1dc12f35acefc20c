# frozen_string_literal: true

require "json"
require_relative "attributes"

module Concord
  module CloudEvents
    # An envelope as a CloudEvent in JSON
    # (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
    module JsonFormat
      JSON_TYPE = %r{\A[^/]+/(?:json|[^;\s]+\+json)\s*(?:;|\z)}i
      # The standard and the URL-safe alphabet, with or without padding (RFC 4648, sections 4 and 5).
      BASE64 = %r{\A[A-Za-z0-9+/_-]*={0,2}\z}
      private_constant :JSON_TYPE, :BASE64

      module_function

      # Data goes as `data_base64`, whatever it is: so it comes back byte for byte.
      # @return [String]
      def write(envelope)
        fields = {"specversion" => Attributes::SPECVERSION, "id" => envelope.id, "source" => envelope.source,
                  "type" => envelope.type}
        Attributes.optional(envelope).each { |name, value| fields[name] = Attributes.text(value) }
        fields["data_base64"] = [envelope.data].pack("m0") if envelope.data
        JSON.generate(fields)
      end

      # @raise [Error] `undecodable`, `invalid_envelope`, `invalid_attribute`
      # @return [Envelope]
      def read(body)
        fields = parse(body)
        base64 = fields["data_base64"]
        has_value = fields.key?("data")
        refuse("has both data and data_base64") if base64 && has_value
        attributes = fields.except("data", "data_base64")
        return Attributes.to_envelope(plain(attributes), base64 && bytes("data_base64", base64)) unless has_value

        attributes["datacontenttype"] ||= "application/json"
        Attributes.to_envelope(plain(attributes), value_bytes(fields["data"], attributes["datacontenttype"]))
      end

      # Reads bytes as one JSON object, strictly in UTF-8.
      # @raise [Error] `undecodable`
      # @return [Hash]
      def parse(body)
        text = body.dup.force_encoding(Encoding::UTF_8)
        fields = JSON.parse(text) if text.valid_encoding?
        return fields if fields.is_a?(Hash)

        refuse("is no JSON object in UTF-8")
      rescue JSON::ParserError
        refuse("is no JSON")
      end

      # `data` is a JSON value itself, unless its content type says that it is the text of something else.
      def value_bytes(value, content_type)
        is_text = value.is_a?(String) && !JSON_TYPE.match?(text("datacontenttype", content_type))
        (is_text ? text("data", value) : JSON.generate(value)).b
      end

      # Null is unset; booleans and numbers of others are kept as text.
      def plain(fields)
        fields.compact.map { |name, value| [name, scalar?(value) ? value.to_s : text(name, value)] }
      end

      def scalar?(value)
        value == true || value == false || value.is_a?(Numeric)
      end

      # A lone surrogate has no UTF-8.
      def text(name, value)
        return value if value.is_a?(String) && value.valid_encoding?

        refuse("has no valid text in #{name.inspect}")
      end

      def bytes(name, value)
        digits = text(name, value).delete_suffix("=").delete_suffix("=")
        refuse("has no base64 in #{name.inspect}") if !BASE64.match?(value) || digits.length % 4 == 1
        digits.tr("-_", "+/").unpack1("m")
      end

      def refuse(why)
        raise Error.new(:undecodable, "the message #{why}")
      end
    end
  end
end
