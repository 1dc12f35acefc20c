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
      append("".b, tag(number), content)
    end

    # @return [String] tag of a delimited field
    def tag(number) = varint((number << 3) | DELIMITED)

    # Adds a delimited field to bytes.
    # @param bytes [String] binary
    # @param tag [String] see {tag}
    # @return [String] `bytes`
    def append(bytes, tag, content)
      size = content.bytesize
      bytes << tag << ((size < 0x80) ? size : varint(size))
      # Only what is plain or binary goes into bytes as it is.
      bytes << ((content.encoding == Encoding::BINARY || content.ascii_only?) ? content : content.b)
    end

    # @return [String] one entry of a map
    def entry(number, key, value)
      delimited(number, delimited(1, key) << delimited(2, value))
    end
  end
end
