# frozen_string_literal: true

require_relative "subject"
require_relative "transport"

module Concord
  # The streams that one service needs, as its contracts want them.
  module StreamSpecs
    DAY_MS = 86_400_000
    DEDUPE_WINDOW_MS = 120_000
    private_constant :DAY_MS, :DEDUPE_WINDOW_MS

    module_function

    # Those of the events and commands that it publishes, sends or handles, its dead letters, and its redrives. Every
    # service makes sure of all of them, so that the order in which services start does not matter.
    # @param service [String]
    # @param handled [Array<Contract::EventContract>]
    # @param published [Array<Contract::EventContract>]
    # @param namespace [String, nil]
    # @param owner [String, nil] the database behind the service's name, recorded with its dead letters
    # @return [Array<StreamSpec>]
    def of(service, handled:, published: [], namespace: nil, owner: nil)
      streams = [*handled, *published].map { |contract| of_contract(contract, namespace) }.uniq(&:name)
      retention_ms = [30 * DAY_MS, *handled.map(&:dead_letter_retention_ms)].max
      [*streams, own("dlq", service, namespace, retention_ms).tap { |spec| spec.owner = owner },
        own("rdr", service, namespace, retention_ms)]
    end

    # @return [StreamSpec] the stream of an event or command
    def of_contract(contract, namespace)
      settings = contract.stream_contract
      StreamSpec.new(name: Subject.stream_name(contract.tree, contract.stream, namespace:),
        subjects: [Subject.stream_subjects(contract.tree, contract.stream, namespace:)],
        partitions: settings.partitions, retention_ms: settings.retention_ms, replicas: settings.replicas,
        max_bytes: settings.max_bytes, max_messages: settings.max_messages,
        dedupe_window_ms: settings.dedupe_window_ms)
    end

    def own(tree, service, namespace, retention_ms)
      StreamSpec.new(name: Subject.stream_name(tree, service, namespace:), partitions: 1, retention_ms:,
        subjects: [Subject.stream_subjects(tree, service, namespace:)], dedupe_window_ms: DEDUPE_WINDOW_MS)
    end
  end
end
