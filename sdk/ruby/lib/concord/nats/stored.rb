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

      LINE_END = "\r\n"
      NAMES = [Headers::MESSAGE_ID, Headers::CONTENT_TYPE, Headers::TRACEPARENT, Headers::TRACESTATE]
        .to_h { |name| [name, name.downcase.freeze] }.freeze
      private_constant :LINE_END, :NAMES

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
        StoredMessage.new(stream:, sequence: facts.sequence, subject: text(message.subject.dup),
          headers: headers(message.head.to_s), body: message.body, stored_at_ms: facts.stored_at_ms)
      end

      # A message as the API gives it by its sequence.
      # @return [StoredMessage]
      def from_api(stream, message)
        StoredMessage.new(stream:, sequence: message["seq"], subject: message["subject"],
          headers: headers(message["hdrs"].to_s.unpack1("m")), body: message["data"].to_s.unpack1("m"),
          stored_at_ms: (Time.parse(message["time"]).to_r * 1000).floor)
      end

      # Reads the first line of a header block, by which the server speaks, and its headers.
      # @param head [String, nil]
      # @return [Array(Integer, String, Hash)] 0 and an empty text where it says nothing
      def status(head)
        _, code, text = head.to_s[/[^\r]*/].split(" ", 3)
        [code.to_i, text.to_s, headers(head.to_s)]
      end

      # Reads the lines of a header block as {Headers.normalize} gives headers. By places and not by parts: this is done for
      # every message.
      # @param head [String] binary
      # @return [Hash{String => String}]
      def headers(head)
        found = {}
        at = head.index(LINE_END)
        while at
          start = at + LINE_END.bytesize
          at = head.index(LINE_END, start)
          colon = head.index(":", start)
          break if colon.nil? || at.nil?

          found[name_of(head[start, colon - start])] = text(head[colon + 1, at - colon - 1].strip) if colon < at
        end
        found
      end

      # Those that nearly every message has are not made anew.
      def name_of(text) = NAMES[text] || text.strip.downcase

      # @param value [String] one of our own, which is changed
      def text(value) = value.force_encoding(Encoding::UTF_8)
    end
  end
end
