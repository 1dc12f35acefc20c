# frozen_string_literal: true

require "concord/cancellation"
require "concord/rpc/client"
require "concord/conformance/v1/fixture_rpc_pb"
require "testee/protocol"

module Testee
  # Calls methods of the suite's service with the SDK's client, which speaks gRPC.
  class RpcCalling
    SERVICE = "concord.conformance.v1.EchoService"
    WAY = "grpc-h2c"
    private_constant :SERVICE, :WAY

    # Makes the call that the runner asks for.
    # @param asked [Concord::Proto::Conformance::V1::RpcCallRequest]
    # @return [Hash] fields of the reply: how the call ended
    def call(asked)
      raise Concord::Error.new(:unsupported, "the Ruby SDK calls by #{WAY}, not by #{asked.way}") unless asked.way == WAY

      heard = {headers: [], trailers: [], messages: []}
      begin
        perform(asked, heard)
      rescue Concord::Error => error
        heard[:error] = error_fields(error)
      end
      heard
    end

    private

    def perform(asked, heard)
      method = descriptor.find { |each| each.name == asked["method"] }
      hear = ->(answer) { heard[:messages] << value(answer.class.encode_json(answer)) }
      client = Concord::Rpc::Client.new(SERVICE, url: asked.url)
      name = method.name.gsub(/(?<!\A)([A-Z])/, "_\\1").downcase
      answer = client.public_send(name, requests(asked, method, heard), **options(asked, heard))
      method.server_streaming ? answer.each(&hear) : hear.call(answer)
    end

    def descriptor = Google::Protobuf::DescriptorPool.generated_pool.lookup(SERVICE)

    # In turn: each is said when the one before was answered.
    def requests(asked, method, heard)
      type = method.input_type.msgclass
      messages = asked.messages.map { |message| type.decode_json(Google::Protobuf::Value.encode_json(message)) }
      return messages.first || type.new unless method.client_streaming
      return messages unless asked.in_turn

      messages.each_with_index.lazy.map do |message, index|
        sleep 0.001 while heard[:messages].size < index
        message
      end
    end

    def options(asked, heard)
      hear = lambda do |head, trailer|
        heard[:headers] = list(head)
        heard[:trailers] = list(trailer)
      end
      given = {headers: headers(asked), on_metadata: hear}
      given[:timeout_ms] = asked.timeout_ms if asked.has_timeout_ms?
      given[:cancellation] = cancel_after(asked.cancel_after_ms) if asked.has_cancel_after_ms?
      given
    end

    def cancel_after(delay_ms)
      cancellation = Concord::Cancellation.new
      Thread.new do
        sleep delay_ms / 1000.0
        cancellation.cancel
      end
      cancellation
    end

    # Values of one name in order; binary ones as bytes.
    def headers(asked)
      asked.headers.group_by { |header| header.name.downcase }.transform_values do |same|
        same.map { |header| binary?(header.name) ? header.value.unpack1("m") : header.value }
      end
    end

    def list(metadata)
      (metadata || {}).flat_map do |name, values|
        Array(values).map { |value| {name:, value: binary?(name) ? [value].pack("m0") : value} }
      end.map { |fields| Messages::RpcHeader.new(**fields) }
    end

    def binary?(name) = name.downcase.end_with?("-bin")

    def value(json) = Google::Protobuf::Value.decode_json(json)

    def error_fields(error)
      violations = (error.details[:violations] || []).map { |each| {field: each[:field], message: each[:message]} }
      {code: error.code.to_s, message: error.message,
       violations: violations.map { |fields| Messages::RpcViolation.new(**fields) }}
    end
  end
end
