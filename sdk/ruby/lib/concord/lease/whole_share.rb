# frozen_string_literal: true

module Concord
  # Shares partitions among the replicas of a service.
  module Lease
    # Gives every partition to the one process that there is.
    class WholeShare
      # @param scope [String] what is shared: `relay`, or a consumer and stream
      # @param partitions [Integer] number of partitions in the scope, the same for all replicas
      # @param on_acquired [#call] told of each partition that is now this replica's, with the cancellation that comes when
      #   it no longer is
      # @param on_lost [#call] told after the cancellation; a partition that is given up by choice goes to others when it
      #   has returned, so that they need not repeat work under way
      # @return [#run] takes part until it is canceled, then gives everything back
      def call(scope:, partitions:, on_acquired:, on_lost:)
        Holder.new(partitions, on_acquired, on_lost)
      end

      # Holds all.
      class Holder
        def initialize(partitions, on_acquired, on_lost)
          @partitions = partitions
          @on_acquired = on_acquired
          @on_lost = on_lost
        end

        def run(cancellation)
          @partitions.times { |partition| @on_acquired.call(partition, cancellation) }
          cancellation.wait
          @partitions.times { |partition| @on_lost.call(partition) }
        end
      end
      private_constant :Holder
    end
  end
end
