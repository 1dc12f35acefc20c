# frozen_string_literal: true

require_relative "../error"

module Concord
  module CloudEvents
    # Values of headers (CloudEvents, NATS binding 3.1.3.2).
    module HeaderText
      QUOTED = /\A"(?:[^"\\]|\\.)*"\z/m
      private_constant :QUOTED

      module_function

      # Writes text: UTF-8 bytes outside printable ASCII, spaces, double quotes and percent signs become upper-case `%XX`.
      # @return [String]
      def write(text)
        text.b.gsub(/[^!\#$&-~]/n) { |byte| format("%%%02X", byte.ord) }.force_encoding(Encoding::UTF_8)
      end

      # Reads text: quotes are taken off, then one round of percent-decoding. What need not have been encoded is accepted.
      # @raise [Error] `undecodable` for a percent sign without two hex digits, and for bytes that are no UTF-8
      # @return [String]
      def read(value)
        text = QUOTED.match?(value) ? value[1..-2].gsub(/\\(.)/m, "\\1") : value
        refuse("holds a percent sign without two hex digits") if text.match?(/%(?!\h\h)/)
        decoded = text.b.gsub(/%(\h\h)/n) { $1.hex.chr }.force_encoding(Encoding::UTF_8)
        refuse("is no valid UTF-8") unless decoded.valid_encoding?
        decoded
      end

      def refuse(why)
        raise Error.new(:undecodable, "a ce- header #{why}")
      end
    end
  end
end
