# frozen_string_literal: true

require "concord"
require "concord/conformance/v1/fixture_counted_pb"
require "concord/stream_specs"

# What the Ruby benches send: events of 512 bytes about a thousand accounts.
module Events
  Counted = Concord::Proto::Conformance::V1::CountedEvent
  ACCOUNTS = 1_000
  # Makes the encoded envelope 512 bytes.
  FILLER = ("\x07" * 299).b.freeze

  module_function

  def preparer(namespace)
    Concord::EventPreparer.new(service: "counter", source: "/conformance/counter", namespace:,
      ids: Concord::Ids.new(clock: Concord::Clock.new))
  end

  def event(index) = Counted.new(key: "account-#{index % ACCOUNTS}", n: 1, padding: FILLER)

  def provision(transport, namespace)
    contract = Concord::Contract.event(Counted)
    transport.provision(Concord::StreamSpecs.of("counter", handled: [contract], namespace:))
  end

  # @return [Array<Concord::PreparedEvent>]
  def prepare(count, namespace)
    preparer = preparer(namespace)
    Array.new(count) { |index| preparer.prepare(event(index)) }
  end
end
