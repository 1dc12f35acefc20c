# frozen_string_literal: true

require "securerandom"
require "sequel"
require "concord/migrations"
require "concord/store"
require_relative "servers"

# A test of each kind of database: `class StoreTest < Minitest::Test; extend Databases; on_databases { test … } end`
# defines every `test_…` method of the block's module twice.
module Databases
  KINDS = %i[postgres sqlite].freeze

  # Runs the tests of a class on an empty database of each kind.
  # @yield defines the tests' class
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
      @url = (kind == :postgres) ? Databases.create_postgres : Databases.create_sqlite
      @clients = []
      @database = open_database
      Concord::Migrations.new(@database).run
      @stores = Concord::Stores.new(@database)
    rescue Servers::Unavailable => error
      skip error.message
    end

    def teardown
      @clients.to_a.each(&:disconnect)
      Databases.drop(@url) if @url
      super
    end

    # Another client of the same database, as another process has one.
    def open_database(max_connections: 8)
      db = Sequel.connect(@url, max_connections:, keep_reference: false)
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

  def create_postgres
    name = "t_#{SecureRandom.hex(6)}"
    admin { |db| db.run("CREATE DATABASE #{name}") }
    Servers.postgres_url.sub(%r{/\w+\z}, "/#{name}")
  end

  def create_sqlite = "sqlite://#{Dir.mktmpdir("concord-ruby-")}/test.db"

  def drop(url)
    return FileUtils.rm_rf(File.dirname(url.delete_prefix("sqlite://"))) if url.start_with?("sqlite:")

    admin { |db| db.run("DROP DATABASE #{url[/\w+\z/]} WITH (FORCE)") }
  end

  def admin
    @admin ||= Sequel.connect(Servers.postgres_url, keep_reference: false, max_connections: 1)
    yield @admin
  end
end
