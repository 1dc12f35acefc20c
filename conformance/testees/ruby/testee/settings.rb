# frozen_string_literal: true

require "concord"
require "testee/codec_ops"
require "testee/protocol"

module Testee
  # What a case sets; nil leaves the SDK's default.
  class Settings
    NUMBERS = %i[ack_wait_ms handler_timeout_ms concurrency park_after_ms lease_ttl_ms poll_ms parked_limit
      inbox_days].freeze
    private_constant :NUMBERS

    attr_reader :namespace, :service, :broker_url, :database_url, :format, :source, :start_ms, :seed, :retry,
      :max_deliveries, :order, *NUMBERS

    # @param asked [Concord::Proto::Conformance::V1::ConfigureRequest]
    def initialize(asked)
      @namespace = asked.ns unless asked.ns.empty?
      @service = asked.service.empty? ? "counter" : asked.service
      @broker_url = asked.broker_url
      @database_url = asked.database_url
      @foreign = asked.mode == CodecOps::FOREIGN
      @format = foreign? ? :envelope : CodecOps.format(asked.mode)
      @source = asked.source unless asked.source.empty?
      @start_ms = (asked.now.seconds * 1000) + (asked.now.nanos / 1_000_000) if asked.has_now?
      @seed = asked.seed
      @order = order_of(asked.order)
      read_retry(asked.retry || Messages::RetryConfig.new)
      NUMBERS.each { |name| instance_variable_set(:"@#{name}", asked[name.to_s]) if asked.public_send(:"has_#{name}?") }
    end

    # @return [Boolean] whether it takes part in a system that speaks NatsPubsub
    def foreign? = @foreign

    private

    def read_retry(config)
      names = %i[initial_ms max_ms max_attempts].select { |name| config.public_send(:"has_#{name}?") }
      @retry = names.to_h { |name| [name, config[name.to_s]] }
      @max_deliveries = config.max_deliveries if config.has_max_deliveries?
    end

    def order_of(order)
      return :strict if ["", "strict"].include?(order)
      return :none if order == "none"

      raise BadRequest, "there is no order #{order}"
    end
  end
end
