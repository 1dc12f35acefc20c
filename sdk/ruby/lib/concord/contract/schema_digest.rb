# frozen_string_literal: true

require "digest"
require "google/protobuf"

module Concord
  module Contract
    # Digests what a message looks like on the wire, with every type that it reaches: two schemas of one digest write and
    # read the same (conformance F16). One line for each field, `message number name type label typename`, and for each
    # value of an enum; sorted, each ended by a line feed; the first 128 bits of their SHA-256.
    class SchemaDigest
      PREFIX = "urn:concord:schema:"
      HEX_DIGITS = 32
      private_constant :PREFIX, :HEX_DIGITS

      # @param message_class [Class] a generated message
      # @return [String] `urn:concord:schema:` and 32 hex digits
      def self.of(message_class)
        lines = new(message_class.descriptor).lines
        PREFIX + Digest::SHA256.hexdigest(lines.sort.map { |line| "#{line}\n" }.join)[0, HEX_DIGITS]
      end

      # @return [Array<String>]
      attr_reader :lines

      # @param descriptor [Google::Protobuf::Descriptor]
      def initialize(descriptor)
        @lines = []
        @seen = {}
        collect_message(descriptor)
      end

      private

      def collect_message(descriptor)
        return if @seen[descriptor.name]

        @seen[descriptor.name] = true
        optional = descriptor.to_proto.field.to_h { |field| [field.name, field.proto3_optional] }
        descriptor.each do |field|
          reached = field.subtype if %i[message enum].include?(field.type)
          label = label_of(field, reached, optional)
          @lines << [descriptor.name, field.number, field.name, field.type, label, *reached&.name].join(" ")
          collect(reached) if reached
        end
      end

      # An entry of a map is a message like any other.
      def collect(type)
        return collect_message(type) if type.is_a?(Google::Protobuf::Descriptor)
        return if @seen[type.name]

        @seen[type.name] = true
        type.each { |name, number| @lines << "#{type.name} #{number} #{name}" }
      end

      def label_of(field, reached, optional)
        return (field.type == :message && reached.options.map_entry) ? "map" : "repeated" if field.label == :repeated

        optional[field.name] ? "optional" : "singular"
      end
    end
  end
end
