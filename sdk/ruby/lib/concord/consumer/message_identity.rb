# frozen_string_literal: true

require_relative "../error"
require_relative "../ids"
require_relative "../wire_format"

module Concord
  module Consumer
    # What a position remembers of the message that stands there. `event_id` is `source/id` of the event, or a digest of
    # bytes that are none; `event_time_ms` is the time by which the inbox files the event: that of its UUIDv7, else when the
    # stream stored it.
    MessageIdentity = Struct.new(:sequence, :event_id, :event_time_ms) do
      # Tells one message from another that a broker, after losing the first, stores at the same sequence (trap T26).
      # @param message [StoredMessage]
      def self.of(message)
        envelope = WireFormat.read(message.headers, message.body)
        new(message.sequence, "#{envelope.source}/#{envelope.id}", Ids.time_ms(envelope.id) || message.stored_at_ms)
      rescue Error
        new(message.sequence, digest(message.body), message.stored_at_ms)
      end

      # FNV-1a 32 (http://www.isthe.com/chongo/tech/comp/fnv/): it tells bytes apart, nobody is to be kept from forging it.
      def self.digest(bytes)
        hash = 0x811c9dc5
        bytes.each_byte { |byte| hash = ((hash ^ byte) * 0x01000193) & 0xffffffff }
        "bytes:#{bytes.bytesize}:#{hash.to_s(16)}"
      end
    end
  end
end
