# frozen_string_literal: true

require "fileutils"
require "sequel"
require_relative "database"
require_relative "file_lock"

module Concord
  # The service's own database.
  module Sql
    # Connections of a client that Concord opens: the default concurrency of 16 handlers, and some for reads, relay and
    # leases.
    MAX_CONNECTIONS = 20
    # How long to wait for a free connection, in seconds.
    POOL_TIMEOUT_S = 30
    private_constant :POOL_TIMEOUT_S

    # Opens the database that a URL names: `postgres://…`, or `sqlite:FILE`, which is then this process's alone.
    # @param url [String] as in `CONCORD_DATABASE_URL`
    # @param options [Hash] for `Sequel.connect`
    # @raise [Error] `config` for any other URL; `locked` when another process holds the file; `unavailable`
    # @return [Database]
    def self.open(url, **options)
      settings = {max_connections: MAX_CONNECTIONS, pool_timeout: POOL_TIMEOUT_S, **options}
      case url
      when %r{\Apostgres(?:ql)?://} then Database.new(Sequel.connect(url, **settings))
      when /\Asqlite:(?!\z)/ then open_file(url.sub(%r{\Asqlite:(?://(?=/))?}, ""), settings)
      else raise Error.new(:config, "#{url.inspect} names no database; give sqlite:FILE or postgres://…")
      end
    rescue *Failures.classes => error
      raise Failures.convert(error)
    end

    # @api private
    def self.open_file(name, settings)
      path = File.expand_path(name)
      FileUtils.mkdir_p(File.dirname(path))
      lock = FileLock.new(path)
      Database.new(Sequel.connect(adapter: "sqlite", database: path, **settings), lock:)
    rescue SystemCallError
      raise Error.new(:permission_denied, "the folder of the database #{path} cannot be made; choose another path")
    end
    private_class_method :open_file
  end
end
