# frozen_string_literal: true

module Concord
  class Envelope
    # Finds the entries of the attributes in bytes that protobuf's runtime has read. The runtime itself drops an entry in
    # which it meets a field that it does not know, where every other language keeps what it knows of it.
    class AttributeEntries
      ATTRIBUTES = 18
      # First byte of every way to write the tag of the attributes.
      FIRST_BYTE = "\x92".b.freeze
      VARINT, FIXED64, DELIMITED, START_GROUP, END_GROUP, FIXED32 = 0, 1, 2, 3, 4, 5
      private_constant :ATTRIBUTES, :FIRST_BYTE, :VARINT, :FIXED64, :DELIMITED, :START_GROUP, :END_GROUP, :FIXED32

      # @return [Boolean] whether there may be any
      def self.any?(bytes) = ((bytes.encoding == Encoding::BINARY) ? bytes : bytes.b).include?(FIRST_BYTE)

      # @param bytes [String] of an envelope, well-formed
      # @return [Hash{String => String}] the last of a name counts
      def self.read(bytes)
        return {} unless any?(bytes)

        new(bytes.b).fields(ATTRIBUTES).to_h do |entry|
          reader = new(entry)
          [reader.last_text(1), reader.last_text(2)]
        end
      end

      def initialize(bytes)
        @bytes = bytes
      end

      # @return [Array<String>] contents of a delimited field, in the order of the bytes
      def fields(number)
        found = []
        each_field { |field, content| found << content if field == number && content }
        found
      end

      # @return [String] empty when there is none
      def last_text(number)
        (fields(number).last || +"").force_encoding(Encoding::UTF_8)
      end

      private

      # Yields the number of each field, and the content of one that is delimited.
      def each_field
        @at = 0
        while @at < @bytes.bytesize
          tag = varint
          yield tag >> 3, skip(tag & 7)
        end
      end

      def skip(type)
        case type
        when DELIMITED then take(varint)
        when VARINT then varint && nil
        when FIXED64 then take(8) && nil
        when FIXED32 then take(4) && nil
        when START_GROUP then skip_group
        end
      end

      def skip_group
        until (tag = varint) & 7 == END_GROUP
          skip(tag & 7)
        end
      end

      def take(size)
        content = @bytes.byteslice(@at, size)
        @at += size
        content
      end

      def varint
        value = shift = 0
        loop do
          byte = @bytes.getbyte(@at)
          @at += 1
          value |= (byte & 0x7f) << shift
          return value if byte < 0x80

          shift += 7
        end
      end
    end
  end
end
