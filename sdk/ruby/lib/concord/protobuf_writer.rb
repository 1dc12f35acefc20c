# frozen_string_literal: true

module Concord
  # Writes protobuf by hand where its runtime leaves open what we fix: the order of a map's entries.
  module ProtobufWriter
    DELIMITED = 2
    private_constant :DELIMITED

    module_function

    # @return [String] least bytes of an unsigned integer
    def varint(value)
      bytes = "".b
      while value > 0x7f
        bytes << ((value & 0x7f) | 0x80)
        value >>= 7
      end
      bytes << value
    end

    # @param number [Integer] of the field
    # @param content [String] text, bytes or an encoded message
    # @return [String] tag, length and content
    def delimited(number, content)
      varint((number << 3) | DELIMITED) << varint(content.bytesize) << content.b
    end

    # @return [String] one entry of a map
    def entry(number, key, value)
      delimited(number, delimited(1, key) << delimited(2, value))
    end
  end
end
