# frozen_string_literal: true

module Concord
  module Rpc
    # What a method is given of a call besides its request.
    class Call
      # @return [Hash{String => String}] names in lower case
      attr_reader :headers
      # @return [Cancellation] comes when the caller's deadline has passed
      attr_reader :cancellation
      # @return [#info]
      attr_reader :log
      # @return [Sequel::Database, nil] reads outside of any transaction
      attr_reader :db

      # @param transaction [#call] runs a block in a transaction of the service's
      def initialize(headers:, cancellation:, log:, db:, transaction:, deadline_ms: nil, clock: Clock.new)
        @headers = headers
        @cancellation = cancellation
        @log = log
        @db = db
        @transaction = transaction
        @deadline_ms = deadline_ms
        @clock = clock
      end

      # Runs writes and publications in one transaction: all are committed when the block returns, none when it raises.
      # @yieldparam tx [Outbox::Scope]
      # @return what the block returns
      def transaction(&) = @transaction.call(&)

      # @return [Numeric, nil] milliseconds left until the caller's deadline; nil without one
      def time_left_ms = @deadline_ms && [0, @deadline_ms - @clock.monotonic_ms].max
    end
  end
end
