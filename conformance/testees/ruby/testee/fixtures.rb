# frozen_string_literal: true

require "concord"
require "concord/conformance/v1/fixture_counted_pb"
require "concord/conformance/v1/fixture_keyed_pb"
require "concord/conformance/v1/fixture_limited_pb"
require "concord/conformance/v1/fixture_schema_pb"
require "testee/protocol"

module Testee
  # The suite's contracts.
  module Fixtures
    PACKAGE = "concord.conformance.v1"
    # What the suite publishes unless it says otherwise.
    DEFAULT_TYPE = "#{PACKAGE}.CountedEvent".freeze
    # What services handle that the contracts declare.
    SERVICES = %w[CounterService ReaderService].freeze
    EVENTS = {
      "counted" => %w[CountedEvent NotedEvent OperatedEvent CheckedEvent CountCommand],
      "keyed" => %w[KeyedByString KeyedByInteger KeyedByUnsigned KeyedByFlag KeyedByColour KeyedByPath OperatedByParts],
      "limited" => %w[LimitedEvent]
    }.freeze

    module_function

    # @return [Class] a message of the suite by its full name
    def message(type)
      name = type.empty? ? DEFAULT_TYPE : type
      found = Google::Protobuf::DescriptorPool.generated_pool.lookup(name) if name.start_with?("#{PACKAGE}.")
      return found.msgclass if found.is_a?(Google::Protobuf::Descriptor)

      raise BadRequest, "no contract of the suite declares #{type}"
    end

    # @return [Array<Concord::Contract::EventContract>] everything that a contract file of the suite declares
    def contracts(fixture)
      names = EVENTS.fetch(fixture) { raise BadRequest, "there is no fixture #{fixture}" }
      names.map { |name| Concord::Contract.event(message("#{PACKAGE}.#{name}")) }
    end

    # @return [Concord::Contract::ServiceContract, nil] the contract of a service by its name
    def service(name)
      SERVICES.map { |type| Concord::Contract.service("#{PACKAGE}.#{type}") }.find { |contract| contract.name == name }
    end

    # @return [Integer] field `n` of a message; 0 where its type has none
    def number(data)
      data.respond_to?(:n) ? data.n : 0
    end
  end
end
