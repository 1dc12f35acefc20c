# frozen_string_literal: true

require "concord"
require "concord/nats_pubsub"
require "testee/fixtures"
require "testee/protocol"

module Testee
  # Ops that need neither broker nor database (level 0).
  module CodecOps
    # The protocol's words for the wire formats.
    FORMATS = {"" => :envelope, "env" => :envelope, "ce-json" => :cloudevents_json, "ce-binary" => :cloudevents_binary,
               "ce-proto" => :cloudevents_protobuf}.freeze
    # The envelope's own JSON is for people and tools; nothing is sent in it.
    JSON_TYPE = "application/vnd.concord.envelope.v1+json"
    # A data message alone, as protobuf's JSON.
    DATA_JSON = "data-json"
    DATA_JSON_TYPE = "application/json"
    TYPE_HEADER = "concord-type"
    # The wire of another system, which is joined rather than written in.
    FOREIGN = "nats-pubsub"
    # The event of nearly every case, as such a system would name it.
    FOREIGN_TOPIC = Concord::NatsPubsub::Topic.new(application: "foreign", name: "event.counted",
      message_class: Fixtures.message(Fixtures::DEFAULT_TYPE))
    DEFAULT_PARTITIONS = 8
    private_constant :DATA_JSON, :DATA_JSON_TYPE, :TYPE_HEADER

    module_function

    def format(mode)
      FORMATS.fetch(mode) { raise BadRequest, "there is no mode #{mode}" }
    end

    def encode(asked)
      return encode_data(asked.envelope) if asked.mode == DATA_JSON

      envelope = Concord::Envelope.new(**Protocol.envelope_fields(asked.envelope))
      headers, body = write(asked.mode, envelope)
      {body: Protocol.hex(body), headers: Protocol.header_list(headers)}
    end

    def decode(asked)
      headers, body = Protocol.headers(asked.headers), Protocol.bytes(asked.body).to_s
      return decode_data(headers[TYPE_HEADER], body) if headers.key?(TYPE_HEADER)

      {envelope: Protocol.plain_envelope(read(headers, body))}
    end

    def write(mode, envelope)
      case mode
      when "json" then [{"content-type" => JSON_TYPE}, envelope.to_json]
      when FOREIGN then Concord::NatsPubsub::Codec.write(envelope, FOREIGN_TOPIC)
      else Concord::WireFormat.write(format(mode), envelope)
      end
    end

    def read(headers, body)
      type = headers["content-type"]
      return Concord::Envelope.from_json(body) if type == JSON_TYPE
      return Concord::NatsPubsub::Codec.read(body, FOREIGN_TOPIC) if type.nil? && headers["topic"] == FOREIGN_TOPIC.name

      Concord::WireFormat.read(headers, body)
    end

    # Of such an envelope only type and data count.
    def encode_data(envelope)
      message = Fixtures.message(envelope.type).decode(Protocol.bytes(envelope.data).to_s)
      headers = {"content-type" => DATA_JSON_TYPE, TYPE_HEADER => envelope.type}
      {body: Protocol.hex(message.to_json), headers: Protocol.header_list(headers)}
    end

    def decode_data(type, body)
      message_class = Fixtures.message(type)
      message = message_class.decode_json(body, ignore_unknown_fields: true)
      {envelope: {type:, data: Protocol.hex(message_class.encode(message))}}
    end

    def subject_of(asked)
      plain = asked.envelope || Messages::PlainEnvelope.new
      key_token = Concord::KeyToken.escape(plain.key) if plain.has_key?
      command = asked.kind == "command"
      partitions = asked.has_partitions? ? asked.partitions : DEFAULT_PARTITIONS
      subject = Concord::Subject.new(namespace: (asked.ns unless asked.ns.empty?), tree: command ? "cmd" : "evt",
        stream: command ? asked.service : asked.stream, type: plain.type, key_token:,
        partition: Concord::Partition.of(key_token || plain.id, partitions))
      {subject: subject.to_s}
    end

    def partition_of(asked)
      token = asked.has_key? ? Concord::KeyToken.escape(asked.key) : asked.id
      {partition: Concord::Partition.of(token, asked.partitions)}
    end

    def schema_of(asked)
      type = Fixtures.message(asked.type)
      reply = {data_schema: Concord::Contract::SchemaDigest.of(type)}
      return reply unless (bytes = Protocol.bytes(asked.data))

      contract = Concord::Contract.event(type)
      message = type.decode(bytes)
      {**reply, key: contract.key_of(message), idempotency_key: contract.idempotency_key_of(message)}.compact
    end

    def delay_of(asked)
      defaults = Concord::Contract::RetryPolicy.from(nil)
      policy = asked.policy || Messages::RetryConfig.new
      chosen = Concord::Contract::RetryPolicy.new(
        initial_ms: policy.has_initial_ms? ? policy.initial_ms : defaults.initial_ms,
        max_ms: policy.has_max_ms? ? policy.max_ms : defaults.max_ms
      )
      {ms: Concord::Backoff.delay_ms(chosen, asked.attempt, asked.random)}
    end
  end
end
