# frozen_string_literal: true

require_relative "../error"
require_relative "../subject"

module Concord
  module Consumer
    # Where a message belongs. Messages of one `lane` are settled in order; nil stands alone. What is not `handled` is
    # passed over without a trace. `subject` is what was read to tell.
    Place = Struct.new(:partition, :lane, :handled, :subject)

    # A stream as a consumer reads it: one of which one type is handled through a filter of that type; of several, through
    # the partition and the rest skipped, because several filters slow a broker down (trap T36).
    class StreamSource
      # @return [String] its name in the contract; `rdr` for redrives
      attr_reader :name
      # @return [String] the broker's name
      attr_reader :stream
      # @return [Integer]
      attr_reader :partitions
      # @return [String] filter of all partitions together
      attr_reader :filter

      # Lists the streams that a router's handlers need.
      # @raise [Error] `config` for a command that belongs to another service
      # @return [Array<StreamSource>]
      def self.all(router, service:, namespace: nil)
        router.contracts.each { |contract| check_owner(contract, service) }
        router.contracts.group_by { |contract| [contract.tree, contract.stream] }
          .map { |(tree, stream), contracts| Events.new(router, tree, stream, contracts, namespace) }
      end

      # The stream that brings dead events of a service back.
      # @return [StreamSource]
      def self.redrives(service:, namespace: nil) = Redrives.new(service, namespace)

      def self.check_owner(contract, service)
        return if !contract.command? || contract.owner == service

        raise Error.new(:config, "#{service} handles the command #{contract.type}, which belongs to #{contract.owner}")
      end
      private_class_method :check_owner

      # Events or commands.
      class Events < StreamSource
        def initialize(router, tree, name, contracts, namespace)
          @router = router
          @tree = tree
          @name = name
          @namespace = namespace
          @type = contracts.one? ? contracts.first.subject_type : nil
          @partitions = contracts.first.partitions
          @stream = Subject.stream_name(tree, name, namespace:)
          all = Subject.stream_subjects(tree, name, namespace:)
          @filter = @type ? "#{all.delete_suffix(">")}*.*.#{@type}" : all
          super()
        end

        # @return [String] filter of one partition
        def filter_of(partition)
          Subject.partition_filter(@tree, @name, partition, namespace: @namespace, type: @type)
        end

        # @return [Place, nil] nil for a subject that names no partition of the stream
        def place_of(message)
          subject = Subject.parse(message.subject)
          return if subject.nil? || subject.partition >= partitions

          Place.new(subject.partition, subject.key_token, !@router.find(subject).nil?, subject)
        end
      end
      private_constant :Events

      # Few, so one partition.
      class Redrives < StreamSource
        def initialize(service, namespace)
          @name = "rdr"
          @partitions = 1
          @stream = Subject.stream_name("rdr", service, namespace:)
          @filter = Subject.stream_subjects("rdr", service, namespace:)
          super()
        end

        def filter_of(_partition) = filter

        def place_of(message)
          subject = Subject.parse(message.subject)
          Place.new(0, subject&.key_token, true, subject)
        end
      end
      private_constant :Redrives
    end
  end
end
