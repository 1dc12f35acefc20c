# frozen_string_literal: true

require_relative "../error"
require_relative "entry"

module Concord
  class Outbox
    # Publishing with one transaction: what a handler is given as `tx`. Nothing leaves the database before its commit, and
    # nothing at all without it.
    class Scope
      def initialize(outbox, cause:, buffer:)
        @outbox = outbox
        @cause = cause
        @buffer = buffer ? [] : nil
        @open = true
      end

      # @return [Sequel::Database] the service's own client, inside the transaction
      def db = @outbox.database.db

      # Publishes an event with the transaction.
      # @param message [Google::Protobuf::AbstractMessage]
      # @param options [Hash] see {EventPreparer#prepare}
      # @return [String] the event's id, a UUIDv7
      # @raise [Error] `outside_transaction` after its end, `transaction_conflict`, and as {EventPreparer#prepare}
      def publish(message, **options) = publish_each(:publish, [message], options).first

      # Sends a command with the transaction.
      # @return [String] its id
      def send_command(message, **options) = publish_each(:send, [message], options).first

      # Publishes several events in one statement, in the order given.
      # @return [Array<String>] their ids
      def publish_all(messages, **options) = publish_each(:publish, messages, options)

      # Adds a message that is no publication of this service, such as a dead letter.
      # @param entry [Entry]
      def add(entry) = take([entry])

      # Stores what is buffered, as the last statement before the commit. Later publications are refused.
      def flush
        @open = false
        @outbox.store(@buffer) if @buffer
      end

      # Refuses later publications and forgets what is buffered.
      def close
        @open = false
        @buffer&.clear
      end

      private

      def publish_each(verb, messages, options)
        prepared = messages.map { |message| @outbox.prepare(message, verb:, cause: @cause, **options) }
        take(prepared.map { |event| Entry.of_event(event) })
        prepared.map { |event| event.envelope.id }
      end

      def take(entries)
        raise Error.new(:outside_transaction, "the transaction is over; nothing was published") unless @open

        @buffer ? @buffer.concat(entries) : @outbox.store(entries)
      end
    end
  end
end
