# frozen_string_literal: true

require "securerandom"
require "sequel"
require "concord/migrations"
require "concord/store"
require_relative "servers"

# Tests on an empty database of each kind.
module Databases
  KINDS = %i[postgres sqlite].freeze

  # Makes a test class for each kind of database.
  # @yield the body of the class
  def self.each_kind(name, base = Minitest::Test, &body)
    KINDS.each do |kind|
      test_class = Class.new(base) do
        include Use
        define_method(:kind) { kind }
        class_eval(&body)
      end
      Object.const_set("#{name}On#{kind.capitalize}Test", test_class)
    end
  end

  # Makes and drops the database of one test.
  module Use
    attr_reader :database, :stores, :url

    def setup
      super
      @schema = (kind == :postgres) ? Databases.create_schema : nil
      @url = @schema ? Servers.postgres_url : Databases.create_sqlite
      @clients = []
      @database = open_database
      Concord::Migrations.new(@database).run
      @stores = Concord::Stores.new(@database)
    rescue Servers::Unavailable => error
      skip error.message
    end

    def teardown
      @clients.to_a.each(&:disconnect)
      @schema ? Databases.drop_schema(@schema) : Databases.drop_sqlite(@url)
      super
    end

    # Another client of the same database, as another process has one.
    def open_database(max_connections: 8)
      options = @schema ? {driver_options: {options: "-c search_path=#{@schema}"}} : {}
      db = Sequel.connect(@url, max_connections:, keep_reference: false, **options)
      @clients << db
      Concord::Sql::Database.new(db)
    end

    def postgres? = kind == :postgres

    def eventually(seconds = 10)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
      until (result = yield)
        flunk "it did not happen within #{seconds} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
        sleep 0.005
      end
      result
    end
  end

  module_function

  # A schema is made and dropped in a tenth of a database's time.
  def create_schema
    name = "t_#{SecureRandom.hex(6)}"
    admin { |db| db.run("CREATE SCHEMA #{name}") }
    name
  end

  def drop_schema(name)
    admin { |db| db.run("SET client_min_messages = warning; DROP SCHEMA #{name} CASCADE") }
  end

  def create_sqlite = "sqlite://#{Dir.mktmpdir("concord-ruby-")}/test.db"

  def drop_sqlite(url) = url && FileUtils.rm_rf(File.dirname(url.delete_prefix("sqlite://")))

  def admin
    @admin ||= Sequel.connect(Servers.postgres_url, keep_reference: false, max_connections: 1)
    yield @admin
  end
end
