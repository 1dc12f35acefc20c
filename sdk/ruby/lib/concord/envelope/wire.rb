# frozen_string_literal: true

require "concord/event/v1/envelope_pb"
require_relative "../error"
require_relative "../protobuf_writer"

module Concord
  class Envelope
    # The protobuf bytes of an envelope (conformance F6, F7). protobuf's own runtime does the work; ours is what it
    # leaves open: the order of the attributes, the split around the sequence, and the nine digits of a second.
    module Wire
      Message = Proto::Event::V1::Envelope
      Timestamp = Google::Protobuf::Timestamp
      HEAD = %i[id source type key].freeze
      TAIL = %i[
        idempotency_key traceparent correlation_id causation_id data_content_type data tracestate data_schema
      ].freeze
      SEQUENCE_TAG = 0x30
      ATTRIBUTES = 18
      private_constant :Message, :Timestamp, :HEAD, :TAIL, :SEQUENCE_TAG, :ATTRIBUTES

      module_function

      # @return [String] all bytes
      def write(envelope)
        sequence = envelope.sequence
        bytes = write_head(envelope)
        bytes << SEQUENCE_TAG << ProtobufWriter.varint(sequence) if sequence
        bytes << write_tail(envelope)
      end

      # @return [String] fields 1 to 5
      def write_head(envelope)
        message = Message.new(present(envelope, HEAD))
        time = envelope.time
        message.time = Timestamp.new(seconds: time.to_i, nanos: time.nsec) if time
        Message.encode(message)
      end

      # @return [String] fields 7 to 18; the runtime's own order of a map's entries is any
      def write_tail(envelope)
        bytes = Message.encode(Message.new(present(envelope, TAIL)))
        envelope.attributes.each do |name, value|
          bytes << ProtobufWriter.entry(ATTRIBUTES, name, value)
        end
        bytes
      end

      # Reads the fields, not yet checked by the rules.
      # @raise [Error] `undecodable`
      # @return [Hash{Symbol => Object}]
      def read(bytes)
        to_fields(Message.decode(bytes))
      rescue Google::Protobuf::ParseError
        raise Error.new(:undecodable, "the bytes are no envelope")
      end

      # @param message [Concord::Proto::Event::V1::Envelope]
      # @return [Hash{Symbol => Object}]
      def to_fields(message)
        fields = {id: message.id, source: message.source, type: message.type, attributes: message.attributes.to_h}
        fields[:key] = message.key if message.has_key?
        fields[:time] = to_time(message.time) if message.has_time?
        fields[:sequence] = message.sequence if message.has_sequence?
        TAIL.each { |field| fields[field] = message[field.name] if message.public_send(PRESENCE[field]) }
        fields
      end

      PRESENCE = TAIL.to_h { |field| [field, :"has_#{field}?"] }.freeze
      private_constant :PRESENCE

      def to_time(timestamp)
        nanos = timestamp.nanos
        return Time.at(timestamp.seconds, nanos, :nsec, in: "UTC") if nanos.between?(0, 999_999_999)

        raise Error.new(:undecodable, "envelope field time has more than nine digits of a second", field: "time")
      end

      def present(envelope, fields)
        fields.each_with_object({}) do |field, values|
          value = envelope.public_send(field)
          values[field] = value unless value.nil?
        end
      end
    end
  end
end
