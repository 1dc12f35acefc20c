# frozen_string_literal: true

require "time"
require_relative "../headers"
require_relative "../message"

module Concord
  module Nats
    # Turns the client's messages into {StoredMessage}s.
    module Stored
      # What the reply subject of a delivered message tells about it.
      Facts = Struct.new(:deliveries, :sequence, :consumer_sequence, :stored_at_ms)

      module_function

      # Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<ns>.<pending>`; newer servers put a
      # domain and an account hash behind `$JS.ACK`
      # (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md).
      # @return [Facts]
      def facts(reply)
        tokens = reply.split(".")
        at = (tokens.size > 9) ? 6 : 4
        Facts.new(tokens[at].to_i, tokens[at + 1].to_i, tokens[at + 2].to_i, tokens[at + 3].to_i / 1_000_000)
      end

      # A message as a consumer delivered it.
      # @return [StoredMessage]
      def from_delivery(stream, message, facts)
        StoredMessage.new(stream:, sequence: facts.sequence, subject: text(message.subject),
          headers: headers(message.header), body: message.data.b, stored_at_ms: facts.stored_at_ms)
      end

      # A message as the API gives it by its sequence.
      # @return [StoredMessage]
      def from_api(stream, message)
        StoredMessage.new(stream:, sequence: message["seq"], subject: message["subject"],
          headers: headers(parse(message["hdrs"].to_s.unpack1("m"))), body: message["data"].to_s.unpack1("m"),
          stored_at_ms: (Time.parse(message["time"]).to_r * 1000).floor)
      end

      def headers(header)
        Headers.normalize(header).transform_values { |value| text(value) }
      end

      def parse(lines)
        lines.split("\r\n").drop(1).each_with_object({}) do |line, found|
          name, value = line.split(":", 2)
          found[name] = value if value
        end
      end

      def text(value)
        value.dup.force_encoding(Encoding::UTF_8)
      end
    end
  end
end
