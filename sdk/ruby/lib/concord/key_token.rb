# frozen_string_literal: true

require_relative "error"

module Concord
  # Keys as subject tokens: UTF-8 bytes outside `A-Za-z0-9_~-` become upper-case `%XX`, and the key `_` becomes `%5F`,
  # so that distinct keys give distinct tokens (conformance F2).
  module KeyToken
    # Longest escaped key, in bytes: it must fit a file name of the broker's storage.
    MAX_BYTES = 255
    # Stands for "no key" in a subject.
    NONE = "_"

    PLAIN = /\A(?:[A-Za-z0-9~-][A-Za-z0-9_~-]*|_[A-Za-z0-9_~-]+)\z/
    private_constant :PLAIN

    module_function

    # Escapes a key to one legal subject token.
    # @raise [Error] `invalid_key` when the key is empty, no valid UTF-8 or escapes to more than 255 bytes
    def escape(key)
      token = escape_part(key)
      raise Error.new(:invalid_key, "a key must not be empty; leave it unset instead", field: "key") if token.empty?
      return token if token.bytesize <= MAX_BYTES

      raise Error.new(:invalid_key, "a key escapes to #{token.bytesize} bytes; at most #{MAX_BYTES} fit",
        field: "key", bytes: token.bytesize, limit_bytes: MAX_BYTES)
    end

    # Gives back the key that a token was made from, nil for `_`.
    # @raise [Error] `invalid_key` when the token is none that {escape} writes
    def unescape(token)
      return if token == NONE

      key = token.b.gsub(/%(\h\h)/) { $1.hex.chr }.force_encoding(Encoding::UTF_8)
      return key if !key.empty? && key.valid_encoding? && escape(key) == token

      raise Error.new(:invalid_key, "a subject's key token is not escaped as Concord escapes keys")
    end

    # Escapes one part of an idempotency key. Unlike a key it may be empty or long.
    # @raise [Error] `invalid_key` when it is no valid UTF-8
    def escape_part(text)
      unless text.valid_encoding?
        raise Error.new(:invalid_key, "a key is no valid UTF-8, so it is no text", field: "key")
      end
      return text if PLAIN.match?(text)
      return "%5F" if text == NONE

      text.b.gsub(/[^A-Za-z0-9_~-]/n) { |byte| format("%%%02X", byte.ord) }.force_encoding(Encoding::UTF_8)
    end
  end
end
