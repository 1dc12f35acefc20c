# frozen_string_literal: true

require "digest"

module Concord
  module Store
    # An event id as the inbox keeps it: a UUID, and the time inside it when it has one.
    module InboxId
      UUID = /\A\h{8}-\h{4}-(\h)\h{3}-[89ab]\h{3}-\h{12}\z/
      UPPER = /[A-F]/
      # What nearly every id is: a UUIDv7 as we write it.
      UUID7 = /\A[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z/
      private_constant :UUID, :UPPER, :UUID7

      # Longest text that is part of an index as it is, in bytes. PostgreSQL's limit is 2,704 for a whole row of one.
      MAX_INDEXED_BYTES = 512

      # Day of ids that hold no time.
      NO_DAY = 0

      module_function

      # Turns any event id into a UUID. Of a UUIDv7 (RFC 9562, section 5.7) the first 48 bits are its time; an id without a
      # time becomes a UUIDv8, so that it cannot be taken for one that has.
      # @return [Array(String, Integer)] the UUID, and the milliseconds since the epoch or nil
      def parse(event_id)
        return [event_id, time_ms(event_id)] if UUID7.match?(event_id)

        version = event_id[UUID, 1] unless UPPER.match?(event_id)
        [(version.nil? || version == "8") ? hash_to_uuid(event_id) : event_id, nil]
      end

      # The UTC day of a time as YYYYMMDD.
      def day(time_ms)
        time = Time.at(time_ms / 1000).utc
        time.year * 10_000 + time.month * 100 + time.day
      end

      # The first millisecond of a UTC day written YYYYMMDD.
      def day_start_ms(day) = Time.utc(day / 10_000, day / 100 % 100, day % 100).to_i * 1000

      # Gives a text as the inbox's indexes keep it: above 512 bytes its SHA-256.
      def indexed(text)
        (text.bytesize <= MAX_INDEXED_BYTES) ? text : "sha256:#{Digest::SHA256.hexdigest(text)}"
      end

      def time_ms(uuid7) = (uuid7[0, 8] + uuid7[9, 4]).hex

      def hash_to_uuid(event_id)
        bytes = Digest::SHA256.digest(event_id).bytes.first(16)
        bytes[6] = (bytes[6] & 0x0f) | 0x80
        bytes[8] = (bytes[8] & 0x3f) | 0x80
        hex = bytes.pack("C*").unpack1("H*")
        [hex[0, 8], hex[8, 4], hex[12, 4], hex[16, 4], hex[20..]].join("-")
      end
    end
  end
end
