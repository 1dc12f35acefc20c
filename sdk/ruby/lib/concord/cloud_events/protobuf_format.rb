# frozen_string_literal: true

require "google/protobuf"
require "google/protobuf/descriptor_pb"
require "google/protobuf/timestamp_pb"
require_relative "../protobuf_writer"
require_relative "attributes"

module Concord
  module CloudEvents
    # An envelope as a CloudEvent in protobuf
    # (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/cloudevents.proto).
    module ProtobufFormat
      ID, SOURCE, SPECVERSION, TYPE, ATTRIBUTES, BINARY_DATA = 1, 2, 3, 4, 5, 6
      STRING_VALUE, TIMESTAMP_VALUE = 3, 7
      private_constant :ID, :SOURCE, :SPECVERSION, :TYPE, :ATTRIBUTES, :BINARY_DATA, :STRING_VALUE, :TIMESTAMP_VALUE

      # The message under a name of ours: others may load the original under its own.
      def self.build_message
        types = Google::Protobuf::FieldDescriptorProto
        field = lambda do |name, number, type, type_name: nil, oneof: nil, label: :LABEL_OPTIONAL|
          types.new(name:, number:, type:, type_name:, oneof_index: oneof, label:)
        end
        file = Google::Protobuf::FileDescriptorProto.new(
          name: "concord/cloud_events.proto", package: "concord.cloudevents", syntax: "proto3",
          message_type: message_types(field)
        )
        pool = Google::Protobuf::DescriptorPool.generated_pool
        pool.add_serialized_file(Google::Protobuf::FileDescriptorProto.encode(file))
        # The runtime makes a class only when asked, and then needs those of the fields.
        %w[Moment Any Value Event].map { |name| pool.lookup("concord.cloudevents.#{name}").msgclass }.last
      end

      def self.message_types(field)
        message = Google::Protobuf::DescriptorProto
        oneof = ->(name) { [Google::Protobuf::OneofDescriptorProto.new(name:)] }
        values = {ce_boolean: :TYPE_BOOL, ce_integer: :TYPE_INT32, ce_string: :TYPE_STRING, ce_bytes: :TYPE_BYTES,
                  ce_uri: :TYPE_STRING, ce_uri_ref: :TYPE_STRING}
        time = field.call("ce_timestamp", 7, :TYPE_MESSAGE, type_name: ".concord.cloudevents.Moment", oneof: 0)
        entry = message.new(name: "AttributesEntry",
          field: [field.call("key", 1, :TYPE_STRING),
            field.call("value", 2, :TYPE_MESSAGE, type_name: ".concord.cloudevents.Value")],
          options: Google::Protobuf::MessageOptions.new(map_entry: true))
        texts = %w[id source spec_version type].each.with_index(1).map { |name, at| field.call(name, at, :TYPE_STRING) }
        [
          message.new(name: "Moment", field: [field.call("seconds", 1, :TYPE_INT64), field.call("nanos", 2, :TYPE_INT32)]),
          message.new(name: "Any", field: [field.call("type_url", 1, :TYPE_STRING), field.call("value", 2, :TYPE_BYTES)]),
          message.new(name: "Value", oneof_decl: oneof["attr"],
            field: [*values.each.with_index(1).map { |(name, type), at| field.call(name.to_s, at, type, oneof: 0) }, time]),
          message.new(name: "Event", nested_type: [entry], oneof_decl: oneof["data"],
            field: [*texts,
              field.call("attributes", 5, :TYPE_MESSAGE, type_name: ".concord.cloudevents.Event.AttributesEntry",
                label: :LABEL_REPEATED),
              field.call("binary_data", 6, :TYPE_BYTES, oneof: 0), field.call("text_data", 7, :TYPE_STRING, oneof: 0),
              field.call("proto_data", 8, :TYPE_MESSAGE, type_name: ".concord.cloudevents.Any", oneof: 0)])
        ]
      end
      private_class_method :build_message, :message_types

      Event = build_message
      private_constant :Event

      module_function

      # Attributes stand in the order of their names, so that every language writes the same bytes.
      # @return [String]
      def write(envelope)
        writer = ProtobufWriter
        bytes = writer.delimited(ID, envelope.id) << writer.delimited(SOURCE, envelope.source) <<
          writer.delimited(SPECVERSION, Attributes::SPECVERSION) << writer.delimited(TYPE, envelope.type)
        Attributes.optional(envelope).sort_by(&:first).each do |name, value|
          bytes << writer.entry(ATTRIBUTES, name, write_value(value))
        end
        bytes << writer.delimited(BINARY_DATA, envelope.data) if envelope.data
        bytes
      end

      # Of the three kinds of data any is taken for its bytes; of several the last.
      # @raise [Error] `undecodable`, `invalid_envelope`, `invalid_attribute`
      # @return [Envelope]
      def read(body)
        event = Event.decode(body)
        required = {"id" => event.id, "source" => event.source, "specversion" => event.spec_version, "type" => event.type}
        extensions = event.attributes.to_a.filter_map { |name, value| [name, read_value(value)] if value.attr }
        Attributes.to_envelope([*required, *extensions], read_data(event))
      rescue Google::Protobuf::ParseError
        raise Error.new(:undecodable, "the bytes are no CloudEvent")
      end

      def write_value(value)
        return ProtobufWriter.delimited(STRING_VALUE, value) if value.is_a?(String)

        time = Google::Protobuf::Timestamp.new(seconds: value.to_i, nanos: value.nsec)
        ProtobufWriter.delimited(TIMESTAMP_VALUE, Google::Protobuf::Timestamp.encode(time))
      end

      # Values of all types are kept as CloudEvents writes them in text (spec 1.0.2, section 3.1).
      def read_value(value)
        case value.attr
        when :ce_timestamp then value.ce_timestamp.then { |at| Envelope::Wire.to_time(at.seconds, at.nanos) }
        when :ce_bytes then [value.ce_bytes].pack("m0")
        else value[value.attr.to_s].to_s
        end
      end

      def read_data(event)
        case event.data
        when :binary_data then event.binary_data
        when :text_data then event.text_data.b
        when :proto_data then event.proto_data.value
        end
      end
    end
  end
end
