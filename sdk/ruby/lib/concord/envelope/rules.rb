# frozen_string_literal: true

require_relative "../error"
require_relative "uri_reference"

module Concord
  class Envelope
    # Every rule of the envelope's contract (conformance F7).
    module Rules
      # Longest id that is read, in bytes.
      MAX_ID_BYTES = 256
      MAX_SEQUENCE = (2**64) - 1
      # 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, between which protobuf's Timestamp lies.
      SECONDS = (-62_135_596_800..253_402_300_799)
      TEXTS = %i[
        key idempotency_key traceparent correlation_id causation_id data_content_type tracestate data_schema
      ].freeze
      # What nearly every identity consists of.
      PRINTABLE = /\A[ -~]+\z/
      CONTROL = /[\u0000-\u001f\u007f-\u009f]/
      ATTRIBUTE_NAME = /\A[a-z][a-z0-9]{0,19}\z/
      # CloudEvents' own names but `subject` and `dataschema`, which have no field in the envelope, and those that the
      # mapping to CloudEvents gives to fields of the envelope.
      RESERVED = %w[
        id source specversion type time data datacontenttype partitionkey idempotencykey traceparent tracestate
        correlationid causationid keysequence schemadigest
      ].to_h { |name| [name, true] }.freeze
      private_constant :MAX_SEQUENCE, :SECONDS, :TEXTS, :PRINTABLE, :CONTROL, :ATTRIBUTE_NAME, :RESERVED

      module_function

      # @raise [Error] `invalid_envelope` or, for extension attributes, `invalid_attribute`
      def check(envelope)
        check_identity(:id, envelope.id)
        check_identity(:source, envelope.source)
        check_identity(:type, envelope.type)
        refuse(:id, "must not be longer than #{MAX_ID_BYTES} bytes") if envelope.id.bytesize > MAX_ID_BYTES
        unless UriReference.valid?(envelope.source)
          refuse(:source, "must be a URI-reference in ASCII, such as /shop/orders")
        end
        TEXTS.each do |field|
          value = envelope.public_send(field)
          check_text(field, value) unless value.nil?
        end
        check_values(envelope)
        check_attributes(envelope.attributes) unless envelope.attributes.empty?
      end

      # Tells whether an extension attribute may have this name.
      def attribute_name?(name)
        ATTRIBUTE_NAME.match?(name) && !RESERVED.key?(name)
      end

      def check_identity(field, value)
        return if value.is_a?(String) && value.ascii_only? && PRINTABLE.match?(value)

        refuse(field, "must be set") if value.nil? || value == ""
        refuse(field, "must be valid UTF-8 text") unless text?(value)
        refuse(field, "must not hold control characters") if CONTROL.match?(value)
      end

      def check_text(field, value)
        return if value.nil?

        refuse(field, "must be valid UTF-8 text") unless text?(value)
        refuse(field, "must not be empty when it is set; leave it unset instead") if value.empty?
      end

      def check_values(envelope)
        time, sequence, data = envelope.time, envelope.sequence, envelope.data
        refuse(:time, "must be a Time") unless time.nil? || time.is_a?(Time)
        refuse(:time, "must lie in the years 0001 to 9999") unless time.nil? || SECONDS.cover?(time.to_i)
        refuse(:sequence, "must be an integer from 0 to 2^64 - 1") unless sequence.nil? || sequence?(sequence)
        refuse(:data, "must be bytes") unless data.nil? || data.is_a?(String)
      end

      def check_attributes(attributes)
        attributes.each do |name, value|
          unless name.is_a?(String) && attribute_name?(name)
            refuse_attribute("an attribute's name must match [a-z][a-z0-9]{0,19}, none reserved")
          end
          refuse_attribute("attribute #{name} must be valid UTF-8 text") unless text?(value)
          refuse_attribute("attribute #{name} must not be empty") if value.empty?
        end
      end

      def sequence?(value)
        value.is_a?(Integer) && value.between?(0, MAX_SEQUENCE)
      end

      def text?(value)
        value.is_a?(String) && (value.ascii_only? || (value.encoding == Encoding::UTF_8 && value.valid_encoding?))
      end

      def refuse(field, rule)
        raise Error.new(:invalid_envelope, "envelope field #{field} #{rule}", field: field.to_s)
      end

      def refuse_attribute(message)
        raise Error.new(:invalid_attribute, message, field: "attributes")
      end
    end
  end
end
