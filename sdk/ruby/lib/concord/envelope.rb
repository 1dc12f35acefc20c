# frozen_string_literal: true

require "concord/event/v1/envelope_pb"
require_relative "envelope/json"
require_relative "envelope/rules"
require_relative "envelope/wire"

module Concord
  # The message around every event and command, as proto/concord/event/v1/envelope.proto defines it. Absent fields are
  # nil; a text that is present is never empty. An envelope is always valid, and never changes.
  class Envelope
    FIELDS = %i[
      id source type time key sequence idempotency_key traceparent correlation_id causation_id data_content_type data
      tracestate data_schema attributes
    ].freeze
    NO_ATTRIBUTES = {}.freeze
    private_constant :NO_ATTRIBUTES

    # @return [String] identity of the event together with {#source}
    attr_reader :id
    # @return [String] URI-reference of the producing service, such as `/shop/orders`
    attr_reader :source
    # @return [String] full protobuf name of the message in {#data}
    attr_reader :type
    # @return [Time, nil] when the fact happened, with nanoseconds
    attr_reader :time
    # @return [String, nil] events of one key are handled in the order of their commits
    attr_reader :key
    # @return [Integer, nil] rises per source and key in commit order; given by the outbox
    attr_reader :sequence
    # @return [String, nil] names the business operation: repeating the operation repeats it
    attr_reader :idempotency_key
    # @return [String, nil] W3C trace context at the origin of the event, not that of the last hop
    attr_reader :traceparent
    # @return [String, nil] ties all events of one business process together
    attr_reader :correlation_id
    # @return [String, nil] the id of the event that caused this one
    attr_reader :causation_id
    # @return [String, nil] media type of {#data}; nil stands for application/protobuf
    attr_reader :data_content_type
    # @return [String, nil] the message named by {#type}, encoded; nil and empty are not the same
    attr_reader :data
    # @return [String, nil] W3C tracestate at the origin of the event
    attr_reader :tracestate
    # @return [String, nil] digest of the schema that {#data} was written with
    attr_reader :data_schema
    # @return [Hash{String => String}] extension attributes, sorted by name
    attr_reader :attributes

    # Makes a valid envelope. Ids, times and traces are the caller's to give; nothing is filled in.
    # @raise [Error] `invalid_envelope`, `invalid_attribute` with the field in `details[:field]`
    def initialize(id:, source:, type:, time: nil, key: nil, sequence: nil, idempotency_key: nil, traceparent: nil,
      correlation_id: nil, causation_id: nil, data_content_type: nil, data: nil, tracestate: nil, data_schema: nil,
      attributes: NO_ATTRIBUTES)
      @id = id
      @source = source
      @type = type
      @time = time
      @key = key
      @sequence = sequence
      @idempotency_key = idempotency_key
      @traceparent = traceparent
      @correlation_id = correlation_id
      @causation_id = causation_id
      @data_content_type = data_content_type
      @data = data
      @tracestate = tracestate
      @data_schema = data_schema
      @attributes = attributes.empty? ? NO_ATTRIBUTES : attributes.sort.to_h.freeze
      Rules.check(self)
      freeze
    end

    # Reads the bytes of an envelope, strictly. Fields may come in any order, of repeated ones the last wins, unknown
    # ones are passed over: whoever forwards an envelope forwards its bytes (conformance F6, F7).
    # @param bytes [String]
    # @raise [Error] `undecodable`, `invalid_envelope`, `invalid_attribute`
    # @return [Envelope]
    def self.decode(bytes)
      new(**Wire.read(bytes))
    end

    # Reads an envelope in ProtoJSON, as {#to_json} writes it.
    # @param text [String]
    # @raise [Error] `undecodable`, `invalid_envelope`, `invalid_attribute`
    # @return [Envelope]
    def self.from_json(text)
      new(**Json.read(text))
    end

    # Gives the envelope as ProtoJSON, for people and tools; nothing is sent in it.
    # @return [String]
    def to_json(*)
      Json.write(self)
    end

    # Writes the bytes that every language writes: ascending fields, attributes sorted by name (conformance F6).
    # @return [String]
    def encode
      Wire.write(self)
    end

    # Gives the bytes before and behind the place of the sequence, which only the outbox knows.
    # @return [Array(String, String)] fields 1 to 5, fields 7 to 18
    def encode_parts
      [Wire.write_head(self), Wire.write_tail(self)]
    end

    # @return [Hash{Symbol => Object}] the fields that are present
    def to_h
      FIELDS.to_h { |field| [field, public_send(field)] }.reject { |_, value| value.nil? || value == NO_ATTRIBUTES }
    end

    # @return [Envelope] the same with other fields
    def with(**changes)
      Envelope.new(**to_h, **changes)
    end

    def ==(other)
      other.is_a?(Envelope) && FIELDS.all? { |field| public_send(field) == other.public_send(field) }
    end
    alias_method :eql?, :==

    def hash
      to_h.hash
    end

    # Names the event without its content.
    def inspect
      "#<Concord::Envelope #{type} #{id} of #{source}>"
    end
  end
end
