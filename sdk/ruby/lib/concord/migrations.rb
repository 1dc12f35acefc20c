# frozen_string_literal: true

require "digest"
require_relative "sql/database"
require_relative "sql/split_statements"

module Concord
  # Brings a database's tables to the version that this SDK needs: the numbered SQL files that all languages share, then the
  # service's own, each in a transaction of its own together with its row in `concord_migration`, each once, in order. Several
  # processes may do so at once.
  class Migrations
    # One numbered file of SQL.
    File = Struct.new(:origin, :name, :sql, :checksum, keyword_init: true) do
      # What a database knows the file by.
      def id = [origin, name]
    end

    NAME = /\A\d{4}_[a-z0-9_-]+\.sql\z/
    private_constant :NAME

    # The one table that no migration makes: every language makes it like this.
    LEDGER = <<~SQL
      CREATE TABLE IF NOT EXISTS concord_migration (
        origin text NOT NULL, name text NOT NULL, checksum text NOT NULL, applied_at_ms bigint NOT NULL,
        PRIMARY KEY (origin, name))
    SQL
    private_constant :LEDGER

    LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('concord_migration', 7))"
    private_constant :LOCK

    SCHEMA = /\A[a-z_][a-z0-9_]{0,62}\z/
    private_constant :SCHEMA

    # @param database [Concord::Sql::Database]
    # @param folder [String, nil] the service's own `NNNN_name.sql` files
    # @param schema [String, nil] PostgreSQL's schema of the tables, made when missing. Default: the first of the search path.
    # @raise [Concord::Error] `config` for a schema that is no plain name
    def initialize(database, folder: nil, schema: nil)
      @database = database
      @folder = folder
      @schema = schema && check_schema(schema)
    end

    # Runs what has not run yet.
    # @return [Array<String>] names of the files that ran
    # @raise [Concord::Error] `migration` when the database is newer, or a file is missing, misnamed or was changed
    def run
      ran = []
      while (name = @database.transaction { run_next })
        ran << name
      end
      ran
    end

    private

    def check_schema(schema)
      return schema if SCHEMA.match?(schema)

      raise Error.new(:config, "#{schema.inspect} is no schema name: use a-z, 0-9 and _, start with no digit, at most 63")
    end

    def wanted
      @wanted ||= read("concord", own_folder) + (@folder ? read("service", @folder) : [])
    end

    # Beside `sdk/ruby` in the repository, in the gem itself when it is installed.
    def own_folder
      candidates = ["../../migrations", "../../../migrations"].map do |path|
        ::File.expand_path("#{path}/#{@database.name}", __dir__)
      end
      candidates.find { |path| Dir.exist?(path) } ||
        raise(Error.new(:migration, "the SQL files of the #{@database.name} tables are missing; install the gem again"))
    end

    def read(origin, folder)
      names = Dir.children(folder).select { |name| name.end_with?(".sql") }.sort
      check_names(names)
      names.map { |name| read_file(origin, folder, name) }
    rescue SystemCallError
      raise Error.new(:migration, "the folder of migrations #{folder} cannot be read")
    end

    def check_names(names)
      misnamed = names.find { |name| !NAME.match?(name) }
      raise Error.new(:migration, "#{misnamed} is not called NNNN_name.sql; rename it") if misnamed

      names.each_cons(2) do |one, other|
        next unless one[0, 4] == other[0, 4]

        raise Error.new(:migration, "#{one} and #{other} have one number; change one")
      end
    end

    def read_file(origin, folder, name)
      sql = ::File.read(::File.join(folder, name), encoding: "UTF-8").gsub("\r\n", "\n")
      File.new(origin: origin, name: name, sql: sql, checksum: Digest::SHA256.hexdigest(sql))
    end

    # Runs the first file that has not run yet and gives its name.
    def run_next
      enter
      @database.run(LEDGER)
      following = find_next(ledger)
      return unless following

      run_file(following)
      @database.query(
        "INSERT INTO concord_migration (origin, name, checksum, applied_at_ms) " \
        "VALUES ($1, $2, $3, #{@database.dialect::NOW})",
        [following.origin, following.name, following.checksum]
      )
      following.name
    end

    # SQLite's transaction is alone already.
    def enter
      return unless @database.name == :postgres

      @database.run(LOCK)
      return unless @schema

      # Unlike `CREATE SCHEMA IF NOT EXISTS` it needs no right to create schemas when this one exists.
      @database.run("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '#{@schema}') THEN " \
        "CREATE SCHEMA #{@schema}; END IF; END $$")
      @database.run("SET LOCAL search_path TO #{@schema}, public")
    end

    def ledger
      origins = @folder ? %w[concord service] : %w[concord]
      @database.query("SELECT origin, name, checksum FROM concord_migration ORDER BY name")
        .select { |row| origins.include?(row[:origin]) }
    end

    def run_file(file)
      Sql::SplitStatements.call(file.sql).each { |statement| @database.run(statement) }
    rescue *Sql::Failures.classes => error
      raise Error.new(:migration, "migration #{file.name} failed and changed nothing: #{error.message}")
    end

    # Compares files with what ran. Nothing is run unless both agree in all that ran.
    def find_next(ledger)
      files = wanted.to_h { |file| [file.id, file] }
      ledger.each { |row| check_ran(row, files[[row[:origin], row[:name]]]) }
      last = ledger.to_h { |row| [row[:origin], row[:name]] }
      ran = ledger.to_h { |row| [[row[:origin], row[:name]], true] }
      missing = wanted.reject { |file| ran[file.id] }
      late = missing.find { |file| file.name < last.fetch(file.origin, "") }
      return missing.first unless late

      raise Error.new(:migration, "#{late.name} of #{late.origin} comes before #{last[late.origin]}, which ran already; " \
        "give it a higher number")
    end

    def check_ran(row, file)
      unless file
        raise Error.new(:migration, "the database ran #{row[:name]} of #{row[:origin]}, which is unknown here: it is newer, " \
          "or another service's; deploy the version that has it")
      end
      return if file.checksum == row[:checksum]

      raise Error.new(:migration, "#{row[:name]} of #{row[:origin]} was changed after it ran; restore it and add a new file")
    end
  end
end
