# frozen_string_literal: true

require_relative "holder"

module Concord
  module Lease
    # Shares every scope that it is asked for by leases in the service's database.
    class LeasedShare
      # @param options [Hash] as {Holder#initialize}, without what a scope asks for
      def initialize(**options)
        @options = options
      end

      # @see WholeShare#call
      # @return [Holder]
      def call(**request) = Holder.new(**@options, **request)
    end
  end
end
