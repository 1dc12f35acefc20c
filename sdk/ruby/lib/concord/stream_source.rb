# frozen_string_literal: true

require_relative "error"
require_relative "subject"

module Concord
  # A stream as a consumer reads it. `name` is its name in the contract and `stream` the broker's; `filter` covers all
  # partitions; `tree` is `evt`, `cmd` or `rdr`.
  class StreamSource
    # What a subject says of where its message belongs: `lane` orders it within its partition, nil for no order.
    Place = Struct.new(:partition, :lane, :handled)

    # @return [String] its name in the contract
    attr_reader :name
    # @return [String] the broker's name
    attr_reader :stream
    # @return [Integer]
    attr_reader :partitions
    # @return [String] filter of all partitions together
    attr_reader :filter

    class << self
      # Lists the streams that a router's handlers need. A stream of which one type is handled is read through a filter of
      # that type; of several, through the partition and the rest skipped, because several filters slow a broker down
      # (trap T36).
      # @param router [Router]
      # @param service [String]
      # @raise [Error] `config` for a command that belongs to another service
      # @return [Array<StreamSource>]
      def events(router, service:, namespace: nil)
        router.contracts.each { |contract| check_owner(contract, service) }
        router.contracts.group_by { |contract| [contract.tree, contract.stream] }.map do |(tree, name), contracts|
          type = contracts.first.subject_type if contracts.one?
          new(router, tree:, name:, type:, namespace:, partitions: contracts.first.partitions)
        end
      end

      # The stream that brings dead events of this service back; few, so one partition.
      # @return [StreamSource]
      def redrives(router, service:, namespace: nil)
        new(router, tree: "rdr", name: service, namespace:, partitions: 1)
      end

      private

      def check_owner(contract, service)
        return unless contract.command? && contract.owner != service

        raise Error.new(:config, "#{service} handles the command #{contract.type}, which belongs to #{contract.owner}")
      end
    end

    def initialize(router, tree:, name:, partitions:, type: nil, namespace: nil)
      @router = router
      @tree = tree
      @service_or_stream = name
      @name = redrives? ? "rdr" : name
      @namespace = namespace
      @type = type
      @partitions = partitions
      @stream = Subject.stream_name(tree, name, namespace:)
      all = Subject.stream_subjects(tree, name, namespace:)
      @filter = type ? "#{all.delete_suffix(">")}*.*.#{type}" : all
    end

    # @return [Boolean] whether it brings dead events back
    def redrives? = @tree == "rdr"

    # @return [String] filter of one partition
    def filter_of(partition)
      return filter if redrives?

      Subject.partition_filter(@tree, @service_or_stream, partition, namespace: @namespace, type: @type)
    end

    # Tells where a message belongs.
    # @param message [StoredMessage]
    # @return [Place, nil] nil for a subject that names no partition of this stream
    def place_of(message)
      subject = Subject.parse(message.subject)
      return Place.new(0, subject&.key_token, true) if redrives?
      return if subject.nil? || subject.partition >= partitions

      Place.new(subject.partition, subject.key_token, !@router.find(subject).nil?)
    end
  end
end
