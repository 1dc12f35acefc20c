# frozen_string_literal: true

require_relative "sql/database"
require_relative "store/attempt_store"
require_relative "store/cursor_store"
require_relative "store/identity_store"
require_relative "store/inbox_store"
require_relative "store/lease_store"
require_relative "store/outbox_store"
require_relative "store/parking_store"

module Concord
  # All of Concord's tables in one service's database.
  class Stores
    # @return [Sql::Database]
    attr_reader :database
    # @return [Store::OutboxStore]
    attr_reader :outbox
    # @return [Store::InboxStore]
    attr_reader :inbox
    # @return [Store::CursorStore]
    attr_reader :cursor
    # @return [Store::ParkingStore]
    attr_reader :parking
    # @return [Store::AttemptStore]
    attr_reader :attempts
    # @return [Store::LeaseStore]
    attr_reader :lease
    # @return [Store::IdentityStore]
    attr_reader :identity

    # @param database [Sql::Database]
    # @param schema [String, nil] PostgreSQL's schema of the tables. Default: the first of the search path.
    def initialize(database, schema: nil)
      @database = database
      @outbox = Store::OutboxStore.new(database, schema:)
      @inbox = Store::InboxStore.new(database, schema:)
      @cursor = Store::CursorStore.new(database, schema:)
      @parking = Store::ParkingStore.new(database, schema:)
      @attempts = Store::AttemptStore.new(database, schema:)
      @lease = Store::LeaseStore.new(database, schema:)
      @identity = Store::IdentityStore.new(database, schema:)
    end
  end
end
