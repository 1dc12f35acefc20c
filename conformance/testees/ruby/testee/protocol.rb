# frozen_string_literal: true

require "concord"
require "concord/conformance/v1/testee_pb"
require "json"

module Testee
  Messages = Concord::Proto::Conformance::V1

  # A fault in what the runner asked, such as an unknown type.
  class BadRequest < StandardError
  end

  # The protocol's lines and values, see proto/concord/conformance/v1/testee.proto.
  module Protocol
    # Codes of the SDK that the protocol does not know, and what they are there.
    TRANSLATED = {
      invalid_argument: "bad_request", outside_transaction: "bad_request", invalid_contract: "config",
      stream_conflict: "config", failed_precondition: "config", migration: "config", locked: "config",
      already_exists: "config"
    }.freeze
    FIRST_NUMBER = /\A\{"n":([1-9][0-9]*)[,}]/
    private_constant :TRANSLATED, :FIRST_NUMBER

    module_function

    # @param line [String]
    # @return [Array(Integer, Concord::Proto::Conformance::V1::Request)] the number, 0 for one that cannot be read, and the
    #   request
    # @raise [BadRequest] with the number in its message's place
    def read(line)
      request = Messages::Request.decode_json(line, ignore_unknown_fields: true)
      # Nearly every line begins with its number; one of a megabyte is not to be read twice.
      [line[FIRST_NUMBER, 1]&.to_i || number_of(line), request]
    rescue Google::Protobuf::ParseError => error
      [number_of(line), BadRequest.new("the request does not read: #{error.message}")]
    end

    # @param answer [Hash] of the op's name and its reply
    # @return [String] a line
    def write_reply(number, answer)
      fields = Messages::Reply.encode_json(Messages::Reply.new(answer), preserve_proto_fieldnames: true)
      "{\"n\":#{number}#{"," unless fields == "{}"}#{fields.delete_prefix("{")}\n"
    end

    # @param report [Hash] of its kind and value
    # @return [String] a line
    def write_report(report)
      "#{Messages::Reply.encode_json(Messages::Reply.new(report:), preserve_proto_fieldnames: true)}\n"
    end

    # Gives what was raised as code and message; the message of an unknown error goes to the log alone.
    # @return [Hash]
    def error(raised)
      case raised
      when BadRequest then {code: "bad_request", message: text(raised.message)}
      when Concord::Error
        {code: TRANSLATED.fetch(raised.code, raised.code.to_s), message: text(raised.message)}
      else {code: "internal", message: "an unexpected error happened; see the log"}
      end
    end

    # Reads bytes: hex digits, or `{"fill": "61", "size": 10}`.
    # @param value [Google::Protobuf::Value, nil]
    # @return [String, nil]
    def bytes(value)
      case value&.kind
      when nil then nil
      when :string_value then from_hex(value.string_value)
      when :struct_value
        fields = value.struct_value.fields
        from_hex(fields["fill"]&.string_value.to_s) * fields["size"]&.number_value.to_i
      else raise BadRequest, "bytes are hex digits or {\"fill\", \"size\"}"
      end
    end

    # @return [Google::Protobuf::Value]
    def hex(bytes)
      Google::Protobuf::Value.new(string_value: bytes.unpack1("H*"))
    end

    # Gives headers as a transport hands them on: names in lower case, values trimmed, the last of several values.
    # @return [Hash{String => String}]
    def headers(list)
      list.to_h { |header| [header.name.downcase, header.value.strip] }
    end

    # @return [Array<Hash>] headers as they are sent
    def header_list(headers)
      headers.map { |name, value| Messages::Header.new(name:, value:) }
    end

    # @return [Hash{Symbol => Object}] fields of an {Concord::Envelope}
    def envelope_fields(plain)
      return {id: nil, source: nil, type: nil} unless plain

      fields = {id: nil, source: nil, type: nil, data: bytes(plain.data), attributes: plain.attributes.to_h}
      fields[:time] = time(plain.time) if plain.has_time?
      (Concord::Envelope::FIELDS - %i[time data attributes]).each do |field|
        fields[field] = plain[field.to_s] if plain.public_send(:"has_#{field}?")
      end
      fields
    end

    # @return [Concord::Proto::Conformance::V1::PlainEnvelope]
    def plain_envelope(envelope)
      fields = envelope.to_h
      fields[:data] = hex(fields[:data]) if fields[:data]
      fields[:time] = Google::Protobuf::Timestamp.new(seconds: envelope.time.to_i, nanos: envelope.time.nsec) if
        envelope.time
      Messages::PlainEnvelope.new(fields)
    end

    # @return [Time, nil]
    def time(timestamp)
      timestamp && Time.at(timestamp.seconds, timestamp.nanos, :nsec, in: "UTC")
    end

    def number_of(line)
      number = JSON.parse(line)["n"]
      (number.is_a?(Integer) && number.positive?) ? number : 0
    rescue JSON::ParserError, TypeError, NoMethodError
      0
    end

    def from_hex(text)
      raise BadRequest, "bytes are an even number of hex digits" if text.bytesize.odd? || text.match?(/\H/)

      [text].pack("H*")
    end

    def text(message)
      message.dup.force_encoding(Encoding::UTF_8).scrub
    end
  end
end
