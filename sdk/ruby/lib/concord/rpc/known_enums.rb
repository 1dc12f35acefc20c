# frozen_string_literal: true

require_relative "../error"

module Concord
  module Rpc
    # Refuses JSON with enum names that a contract does not have: the runtime, told to overlook unknown fields, overlooks them
    # too, and the value would be unset (ADR 0023).
    module KnownEnums
      module_function

      # @param descriptor [Google::Protobuf::Descriptor]
      # @param json [Object] as parsed
      # @raise [Error] `invalid_argument` naming the field
      def check!(descriptor, json, path = "")
        return if !json.is_a?(Hash) || descriptor.name.start_with?("google.protobuf.")

        descriptor.each do |field|
          next unless %i[enum message].include?(field.type)

          [field.json_name, field.name].uniq.each { |name| check_field!(field, json[name], "#{path}#{field.name}") }
        end
      end

      def check_field!(field, value, path)
        if field.type == :message && field.subtype.options&.map_entry
          entry = field.subtype.lookup("value")
          value.each_value { |each| check_value!(entry, each, path) } if value.is_a?(Hash) && entry.subtype
        elsif value.is_a?(Array)
          value.each_with_index { |each, index| check_value!(field, each, "#{path}[#{index}]") }
        else
          check_value!(field, value, path)
        end
      end

      def check_value!(field, value, path)
        return check!(field.subtype, value, "#{path}.") if field.type == :message
        return unless value.is_a?(String)

        names = field.subtype.to_h { |name, number| [name.to_s, number] }
        return if names.key?(value)

        raise Error.new(:invalid_argument, "#{path} is none of #{names.keys.join(", ")}", field: path)
      end
    end
  end
end
