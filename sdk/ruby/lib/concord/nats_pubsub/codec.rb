# frozen_string_literal: true

require "google/protobuf"
require "json"
require_relative "../cloud_events/json_format"
require_relative "../cloud_events/time_text"
require_relative "../envelope"
require_relative "../error"
require_relative "../trace_context"

module Concord
  module NatsPubsub
    # An event as NatsPubsub services write it: one JSON object with `event_id`, `topic`, `producer`, `occurred_at`, `message`.
    module Codec
      SCHEMA_VERSION = 1
      # What encodeURIComponent of JavaScript leaves as it is.
      UNSAFE = /[^A-Za-z0-9\-_.!~*'()]/n
      private_constant :SCHEMA_VERSION, :UNSAFE

      module_function

      # Writes an event. What their wire has no place for (sequence, causation, attributes) is left out; the key goes as
      # `resource_id`.
      # @param topic [Topic]
      # @raise [Error] `undecodable` when the data is no message of the contract
      # @return [Array(Hash, String)] headers and body
      def write(envelope, topic)
        trace_id = TraceContext.parse(envelope.traceparent)&.trace_id || envelope.correlation_id
        fields = {event_id: envelope.id, schema_version: SCHEMA_VERSION, topic: topic.name,
                  producer: producer_of(envelope.source), occurred_at: envelope.time && CloudEvents::TimeText.write(envelope.time),
                  trace_id:, resource_id: envelope.key}.compact
        # The message is JSON already, by protobuf's own rules.
        body = "#{JSON.generate(fields).delete_suffix("}")},\"message\":#{message_json(envelope, topic)}}"
        [{"topic" => topic.name, "trace_id" => trace_id}.compact, body.b]
      end

      # Reads an event. Key and idempotency key come from our contract; fields of `message` that it does not know are passed
      # over.
      # @param body [String]
      # @param topic [Topic]
      # @raise [Error] `undecodable`, `invalid_envelope`; `invalid_data` when a field that names the operation is unset
      # @return [Envelope]
      def read(body, topic)
        fields = CloudEvents::JsonFormat.parse(body)
        text = ->(name) { fields[name].nil? ? nil : CloudEvents::JsonFormat.text(name, fields[name]) }
        data = read_message(fields["message"] || {}, topic)
        occurred_at = text["occurred_at"]
        Envelope.new(id: text["event_id"] || "", source: source_of(text["producer"]), type: topic.contract.type,
          time: occurred_at && CloudEvents::TimeText.read(occurred_at), key: topic.contract.key_of(data),
          idempotency_key: topic.contract.idempotency_key_of(data), correlation_id: text["trace_id"],
          data: topic.message_class.encode(data))
      end

      # `/shop/orders` is their `orders`: a producer has no path there.
      def producer_of(source)
        last = source.split("/").last || source
        text = last.b.gsub(/%\h\h/n) { |digits| digits[1, 2].hex.chr }.force_encoding(Encoding::UTF_8)
        text.valid_encoding? ? text : last
      end

      def source_of(producer)
        return "" if producer.nil? || producer.empty?

        "/#{producer.b.gsub(UNSAFE) { |byte| format("%%%02X", byte.ord) }.force_encoding(Encoding::UTF_8)}"
      end

      def message_json(envelope, topic)
        topic.message_class.decode(envelope.data || "").to_json(preserve_proto_fieldnames: true)
      rescue Google::Protobuf::ParseError
        raise Error.new(:undecodable, "the data of the event is no #{envelope.type}")
      end

      # The cause is left out: its message quotes values.
      def read_message(fields, topic)
        topic.message_class.decode_json(JSON.generate(fields), ignore_unknown_fields: true)
      rescue Google::Protobuf::ParseError
        raise Error.new(:undecodable, "the message is no #{topic.contract.type} in JSON"), cause: nil
      end
    end
  end
end
