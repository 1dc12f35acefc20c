# frozen_string_literal: true

require "fileutils"
require "sequel"
require_relative "../lease/leased_share"
require_relative "../lease/whole_share"
require_relative "../migrations"
require_relative "../store"

module Concord
  class Service
    # A service's own database with Concord's tables in it.
    class Storage
      # Connections beyond one for each handler: reads, RPC, relay and leases.
      SPARE_CONNECTIONS = 12
      private_constant :SPARE_CONNECTIONS

      # @return [Sql::Database]
      attr_reader :database
      # @return [Stores]
      attr_reader :stores

      # Opens a database, and brings its tables up to date.
      # @param db [Sequel::Database, nil] the service's own client. Default: one by the configuration's URL.
      # @param config [Config]
      # @param folder [String, nil] the service's own migrations; with both dialects, subfolders `sqlite` and `postgres`
      # @raise [Error] `migration`, `unavailable`
      def initialize(db, config, folder:, log:)
        @own = db.nil?
        @database = Sql::Database.new(db || connect(config))
        own_folder = folder && [File.join(folder, @database.name.to_s), folder].find { |path| Dir.exist?(path) }
        migrated = Migrations.new(@database, folder: own_folder).run
        log.info("database migrated", migrations: migrated) if migrated.any?
        @stores = Stores.new(@database)
      end

      # @return [#call] which partitions are this replica's: a file belongs to one process, a server's database to all
      def share(config, owner:, clock:, log:, probe:)
        return Lease::WholeShare.new if database.name == :sqlite

        Lease::LeasedShare.new(store: stores.lease, owner:, ttl_ms: config.lease_ms, clock:, log:, probe:)
      end

      # @return [Hash] `:healthy`, `:detail`
      def health
        database.ping
        {healthy: true, detail: "#{database.name} answers"}
      rescue Error, Sequel::Error
        {healthy: false, detail: "#{database.name} does not answer"}
      end

      # Closes the connections, unless they are the service's own.
      def close = @own && database.db.disconnect

      private

      def connect(config)
        options = {max_connections: config.concurrency + SPARE_CONNECTIONS, keep_reference: false}
        path = config.database_url[/\Asqlite:(?:\/\/)?(.+)\z/, 1]
        return Sequel.connect(config.database_url, **options) unless path

        FileUtils.mkdir_p(File.dirname(path))
        Sequel.sqlite(path, **options)
      end
    end
  end
end
