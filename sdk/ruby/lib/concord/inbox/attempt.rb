# frozen_string_literal: true

require_relative "../error"
require_relative "../sql/failures"

module Concord
  class Inbox
    # One transaction with a handler in it, and who failed: the handler (or the commit of what it wrote), or the database.
    class Attempt
      # @return [StandardError, nil] why it was rolled back
      attr_reader :error

      # @param database [Sql::Database]
      # @param outbox [Outbox]
      # @param idle_timeout_ms [Integer]
      def initialize(database, outbox, idle_timeout_ms)
        @database = database
        @outbox = outbox
        @idle_timeout_ms = idle_timeout_ms
      end

      # Runs a block in a transaction. A failure of handler or database is kept, everything else is no verdict about the
      # event and is raised.
      # @return the block's value; nil after a failure
      def run
        @database.transaction(idle_timeout_ms: @idle_timeout_ms) do
          result = yield self
          @ended = true
          result
        end
      rescue StandardError, ScriptError => error
        raise unless infrastructure_failure?(error) || @handler_error || @ended

        @infrastructure = infrastructure_failure?(error)
        @error = @handler_error || error
        nil
      end

      # Runs a handler within the transaction and stores what it published.
      # @param event [Event]
      def handle(event)
        scope = @outbox.scope(cause: event.envelope, buffer: true)
        yield event, scope
        scope.flush
      rescue StandardError, ScriptError => error
        # Raised on as it is: Sequel must see that a connection was lost.
        @raised = error
        @handler_error = Sql::Failures.convert(error)
        @connection_lost = connection_lost?
        raise
      ensure
        scope&.close
      end

      # @return [Boolean] whether all effects are rolled back
      def failed? = !@error.nil?

      # @return [Boolean] whether the database failed, not the handler: no attempt is counted (conformance I6)
      def infrastructure? = @infrastructure

      # Tells whether the database, not the event, is to blame; the whole transaction can be repeated.
      def self.database_failure?(error) = error.is_a?(Error) && %i[transaction_conflict unavailable].include?(error.code)

      private

      def infrastructure_failure?(error)
        return false unless Attempt.database_failure?(error)

        !handlers?(error) || error.code == :transaction_conflict || @connection_lost
      end

      # The database's wrapper gives what it knows another name.
      def handlers?(error) = !@raised.nil? && (error.equal?(@raised) || error.cause.equal?(@raised))

      # A handler's `unavailable` may speak of a service that it called: ask the transaction whether it still lives.
      def connection_lost?
        return false unless Attempt.database_failure?(@handler_error) && @handler_error.code == :unavailable

        @database.ping
        false
      rescue Error, *Sql::Failures.classes => answer
        Attempt.database_failure?(Sql::Failures.convert(answer))
      end
    end
  end
end
