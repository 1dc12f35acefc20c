# frozen_string_literal: true

require "concord"
require "concord/inbox"
require "concord/lease/leased_share"
require "concord/lease/whole_share"
require "concord/migrations"
require "concord/outbox"
require "concord/relay"
require "concord/store"
require "sequel"

module Testee
  # A service's database with Concord's tables and those of the suite.
  class Storage
    MAX_CONNECTIONS = 30
    COLUMNS = "source TEXT NOT NULL, id TEXT NOT NULL, key TEXT, n INTEGER NOT NULL"
    private_constant :MAX_CONNECTIONS, :COLUMNS

    # @return [Concord::Sql::Database]
    attr_reader :database
    # @return [Concord::Stores]
    attr_reader :stores

    # Opens the database that a case names and brings its tables up to date.
    # @param url [String]
    # @return [Storage, nil] nil when it names none
    def self.open(url) = url.empty? ? nil : new(url)

    def initialize(url)
      @database = Concord::Sql::Database.new(Sequel.connect(url.sub(/\Afile:/, "sqlite:"),
        max_connections: MAX_CONNECTIONS, keep_reference: false))
      Concord::Migrations.new(@database).run
      @stores = Concord::Stores.new(@database)
      make_suite_tables
    end

    # A file belongs to one process, a server's database to all replicas.
    def leased? = database.name == :postgres

    def close = database.db.disconnect

    private

    # The tables that the runner reads, see the suite's README.
    def make_suite_tables
      seq = leased? ? "BIGSERIAL PRIMARY KEY" : "INTEGER PRIMARY KEY AUTOINCREMENT"
      create("cf_effects (seq #{seq}, service TEXT NOT NULL, #{COLUMNS})")
      create("cf_commits (seq #{seq}, #{COLUMNS})")
    end

    # PostgreSQL refuses one of two that create the same table at once, `IF NOT EXISTS` or not; the other has made it.
    def create(definition)
      again = true
      begin
        database.run("CREATE TABLE IF NOT EXISTS #{definition}")
      rescue Concord::Error, Sequel::Error
        raise unless again

        again = false
        retry
      end
    end
  end
end
