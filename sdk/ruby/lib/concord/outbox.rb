# frozen_string_literal: true

require_relative "error"
require_relative "outbox/entry"
require_relative "outbox/scope"
require_relative "probe"

module Concord
  # Publishes with the service's own transactions: events are stored beside the rows that they speak of and sent after the
  # commit, each at least once and, per key, in commit order. A rollback takes them along.
  #
  #   db.transaction do
  #     db[:orders].insert(id: "o-1")
  #     outbox.publish(OrderCreated.new(order_id: "o-1"))
  #   end
  class Outbox
    # @return [Sql::Database]
    attr_reader :database

    # @param stores [Stores]
    # @param preparer [EventPreparer]
    # @param wake [#call, nil] told of the partitions that rows were committed to, see {Relay#wake}. Default: the relay
    #   finds out by looking.
    # @param probe [Probe]
    def initialize(stores:, preparer:, wake: nil, probe: Probe::NONE)
      @database = stores.database
      @store = stores.outbox
      @preparer = preparer
      @wake = wake
      @probe = probe
    end

    # Publishes an event with the transaction that is open on this thread.
    # @param message [Google::Protobuf::AbstractMessage]
    # @param options [Hash] see {EventPreparer#prepare}
    # @return [String] the event's id
    # @raise [Error] `outside_transaction`, `transaction_conflict`, and as {EventPreparer#prepare}
    def publish(message, **options) = scope.publish(message, **options)

    # Sends a command, as {#publish} does events.
    def send_command(message, **options) = scope.send_command(message, **options)

    # Publishes several events in one statement, in the order given.
    # @return [Array<String>] their ids
    def publish_all(messages, **options) = scope.publish_all(messages, **options)

    # Joins the transaction that is open on this thread.
    # @param cause [Envelope, nil] the event being handled: publications name it as their cause
    # @param buffer [Boolean] keeps publications in memory until {Scope#flush}, which stores all in one statement
    # @raise [Error] `outside_transaction`
    # @return [Scope]
    def scope(cause: nil, buffer: false)
      unless database.in_transaction?
        raise Error.new(:outside_transaction, "an event needs a transaction to be published with; open one around both")
      end

      Scope.new(self, cause:, buffer:)
    end

    # @api private
    # @return [PreparedEvent]
    def prepare(message, **options) = @preparer.prepare(message, **options)

    # @api private
    # @param entries [Array<Entry>]
    def store(entries)
      return if entries.empty?

      @store.insert(entries)
      @probe.reach("outbox.insert")
      partitions = entries.map(&:partition).uniq
      database.db.after_commit { committed(partitions) }
    end

    private

    def committed(partitions)
      @probe.reach("outbox.commit")
      @wake&.call(partitions)
    end
  end
end
