# frozen_string_literal: true

require_relative "../key_token"

module Concord
  module Contract
    # The fields from a message down to one that has a text: a singular string, integer, bool or enum.
    class FieldPath
      WITH_TEXT = %i[
        string bool enum int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64
      ].freeze
      private_constant :WITH_TEXT

      # @return [String] dotted names, such as `order_id` or `address.city`
      attr_reader :path

      # @param descriptor [Google::Protobuf::Descriptor]
      # @raise [Error] `invalid_contract` when the path ends at no such field
      def initialize(descriptor, path)
        @path = path
        @fields = FieldPath.follow(descriptor, path.split(".", -1))
        last = @fields&.last
        if last.nil? || last.label == :repeated || !WITH_TEXT.include?(last.type)
          raise Error.new(:invalid_contract,
            "#{descriptor.name} has no singular string, integer, bool or enum field #{path.inspect}")
        end
        freeze
      end

      # Follows names through singular messages.
      # @return [Array<Google::Protobuf::FieldDescriptor>, nil] nil when they lead nowhere
      def self.follow(descriptor, names)
        field = descriptor.lookup(names.first) or return
        return [field] if names.one?

        rest = follow(field.subtype, names.drop(1)) if field.type == :message && field.label != :repeated
        rest && [field, *rest]
      end

      # Writes the value as text, the same in every language (conformance F26): a string as it is, an integer in decimal,
      # a bool as `true` or `false`, an enum by its number. A field without presence is unset when it is zero.
      # @return [String, nil] nil when the field, or a message on the way to it, is unset
      def text(message)
        owner = @fields[0...-1].reduce(message) { |current, field| current && field.get(current) }
        return unless owner && set?(owner)

        value = @fields.last.get(owner)
        (@fields.last.type == :enum) ? enum_number(value).to_s : value.to_s
      end

      # Joins the texts of several fields: each escaped like a key, with `/` between them, so that no two lists collide.
      def self.join(texts)
        texts.map { |text| KeyToken.escape_part(text) }.join("/")
      end

      private

      def set?(message)
        field = @fields.last
        return field.has?(message) if field.has_presence?

        value = field.get(message)
        (field.type == :enum) ? enum_number(value) != 0 : value != field.default
      end

      def enum_number(value)
        value.is_a?(Integer) ? value : @fields.last.subtype.lookup_name(value)
      end
    end
  end
end
