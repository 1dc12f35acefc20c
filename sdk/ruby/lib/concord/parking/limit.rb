# frozen_string_literal: true

module Concord
  module Parking
    # Stops reading a partition while a dependency that is down would copy its stream into the database.
    class Limit
      # Part of the limit at which a paused partition is read again.
      RESUME_SHARE = 0.8
      # Parked events are counted each time this part of the limit was added.
      CHECK_SHARE = 0.1
      private_constant :RESUME_SHARE, :CHECK_SHARE

      # @param ref [Store::PartitionRef]
      # @param parking [Store::ParkingStore]
      # @param max_parked [Integer] parked events at which the partition is not read any more
      def initialize(ref:, parking:, max_parked:, log:)
        @ref = ref
        @parking = parking
        @max_parked = max_parked
        @log = log
        @added = 0
        @paused = false
      end

      # @return [Boolean] whether the partition is not to be read
      def paused? = @paused

      # Says that one more event was parked.
      # @return [Boolean] whether it is time to {#check}
      def note_parked
        @added += 1
        @added >= @max_parked * CHECK_SHARE
      end

      # Counts what is parked.
      # @return [Boolean] whether reading should stop or may go on now
      def check
        @added = 0
        count = @parking.count(@ref)
        if @paused
          @paused = count > @max_parked * RESUME_SHARE
          @log.info("the partition is read again", **@ref.to_h) unless @paused
          !@paused
        elsif count >= @max_parked
          @log.warn("too many events wait; the partition is not read until they are fewer", **@ref.to_h,
            max_parked: @max_parked)
          @paused = true
        else
          false
        end
      end
    end
  end
end
