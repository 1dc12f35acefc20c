# frozen_string_literal: true

require_relative "../envelope"
require_relative "../error"
require_relative "time_text"

module Concord
  module CloudEvents
    # What CloudEvents calls the fields of an envelope (design.md, Envelope; conformance F20).
    module Attributes
      SPECVERSION = "1.0"
      # Names of the attributes whose value is the text of a field, in the order in which they are written.
      TEXTS = {
        "partitionkey" => :key, "idempotencykey" => :idempotency_key, "traceparent" => :traceparent,
        "tracestate" => :tracestate, "correlationid" => :correlation_id, "causationid" => :causation_id,
        "datacontenttype" => :data_content_type, "schemadigest" => :data_schema
      }.freeze
      FIELDS = {"id" => :id, "source" => :source, "type" => :type, **TEXTS}.freeze
      # CloudEvents' own `sequence` orders a whole source, ours a key of it; twenty digits sort as text and fit 64 bits.
      SEQUENCE = "keysequence"
      private_constant :TEXTS, :FIELDS, :SEQUENCE

      module_function

      # Lists what an envelope says besides id, source, type and data.
      # @return [Array<Array(String, Object)>] names with a text or, for the time, a Time
      def optional(envelope)
        list = []
        list << ["time", envelope.time] if envelope.time
        TEXTS.each { |name, field| list << [name, envelope.public_send(field)] if envelope.public_send(field) }
        list << [SEQUENCE, format("%020d", envelope.sequence)] if envelope.sequence
        list.concat(envelope.attributes.to_a)
      end

      # @return [String] the text of an attribute, a time by RFC 3339
      def text(value)
        value.is_a?(Time) ? TimeText.write(value) : value
      end

      # Makes an envelope of a CloudEvent's attributes and data. Attributes that the envelope has no field for become its
      # extension attributes.
      # @param attributes [Enumerable<Array(String, Object)>] the last of a name counts
      # @raise [Error] `undecodable` (another version of CloudEvents, a time or sequence that is none),
      #   `invalid_envelope`, `invalid_attribute`
      def to_envelope(attributes, data)
        fields = {id: nil, source: nil, type: nil, data:}
        extensions = {}
        version = nil
        attributes.each do |name, value|
          case name
          when "specversion" then version = text(value)
          when "time" then fields[:time] = read_time(value)
          when SEQUENCE then fields[:sequence] = read_sequence(text(value))
          else (FIELDS.key?(name) ? fields : extensions)[FIELDS.fetch(name, name)] = text(value)
          end
        end
        refuse("specversion", "the message is no CloudEvent of specversion #{SPECVERSION}") if version != SPECVERSION
        Envelope.new(**fields, attributes: extensions)
      end

      def read_time(value)
        return value if value.is_a?(Time)

        refuse_empty("time") if value.empty?
        TimeText.read(value)
      end

      def read_sequence(value)
        refuse_empty("sequence") if value.empty?
        return value.to_i if value.match?(/\A[0-9]{1,20}\z/)

        refuse("sequence", "the CloudEvent's #{SEQUENCE} is no number of at most 20 digits")
      end

      def refuse_empty(field)
        raise Error.new(:invalid_envelope, "envelope field #{field} must not be empty when it is set", field:)
      end

      def refuse(field, message)
        raise Error.new(:undecodable, message, field:)
      end
    end
  end
end
