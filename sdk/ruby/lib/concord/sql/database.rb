# frozen_string_literal: true

require "sequel"
require_relative "failures"

module Concord
  module Sql
    # A service's own database, through the Sequel client that the service uses itself. Statements run on the connection of
    # the calling thread, so inside `db.transaction { … }` they belong to that transaction, whoever opened it.
    class Database
      # @return [Sequel::Database] the user's own client
      attr_reader :db

      # @param db [Sequel::Database] a client of PostgreSQL 15 or newer, or of SQLite
      # @param lock [FileLock, nil] given back at the end
      # @raise [Concord::Error] `config` for any other database
      def initialize(db, lock: nil)
        @db = db
        @lock = lock
        @own_connection = :"concord_connection_#{object_id}"
        @dialect = Sql.dialect_of(db)
        @dialect.prepare_client(db)
      end

      # @return [Symbol] `:postgres` or `:sqlite`: the folder of the migrations
      def name = @dialect.name

      # @return [Module] what differs between the databases' SQL
      attr_reader :dialect

      # Runs a block in one transaction: commits when it returns, rolls back when it raises.
      #
      # @param idle_timeout_ms [Integer, nil] the database frees the rows of a transaction that was idle this long, so that
      #   a frozen process holds up nobody (trap T31). Default: the database's own setting; SQLite has none.
      # @raise [Concord::Error] `transaction_conflict` (the whole can be repeated), `unavailable`, `failed_precondition`
      def transaction(idle_timeout_ms: nil)
        @db.transaction(rollback: :reraise, mode: :immediate, concord_idle_timeout_ms: idle_timeout_ms) do |connection|
          keep(connection) do
            result = yield
            @dialect.check_transaction(connection)
            result
          end
        end
      rescue *Failures.classes => error
        raise Failures.convert(error)
      end

      # @return [Boolean] whether the calling thread is inside a transaction
      def in_transaction? = !Thread.current[@own_connection].nil? || @db.in_transaction?

      # Adds to a count that goes with the transaction that is open.
      # @return [Integer] the sum
      def count_in_transaction(added)
        with_connection do |connection|
          counts = connection.instance_variable_get(:@concord_counts)
          counts ||= forget_after_transaction(connection)
          counts[0] += added
        end
      end

      # Runs one statement with the placeholders `$1`, `$2`, … and gives its rows with symbols for column names.
      # The statement is prepared once per connection.
      # @raise [Concord::Error] as {#transaction}
      def query(text, values = [])
        with_connection { |connection| @dialect.query(connection, text, values) }
      rescue *Failures.classes => error
        raise converted(error)
      end

      # The first row of {#query}, or nil.
      def first(text, values = []) = query(text, values).first

      # Runs statements without values, such as those of a migration.
      def run(text)
        with_connection { |connection| @dialect.run(connection, text) }
      rescue *Failures.classes => error
        raise converted(error)
      end

      # Gives what ends the statement that the calling thread has under way, to be called by another thread.
      # @return [#call]
      def canceler
        connection = with_connection { |own| own }
        -> { @dialect.cancel(connection) }
      end

      # Returns when the database answers.
      # @raise [Concord::Error] `unavailable`
      def ping = query("SELECT 1 AS one") && nil

      # Ends the connections.
      def close
        @db.disconnect
        @lock&.release
      end

      # @return [Integer] connections that the client opens at most
      def max_connections = @db.pool.max_size

      private

      # Sequel asks its pool for the thread's connection at each statement, with a lock that all threads share; inside our
      # own transaction it is known.
      def with_connection(&)
        connection = Thread.current[@own_connection]
        connection ? yield(connection) : @db.synchronize(&)
      end

      def keep(connection)
        outer = Thread.current[@own_connection]
        Thread.current[@own_connection] = connection
        yield
      ensure
        Thread.current[@own_connection] = outer
      end

      # Inside a transaction Sequel must see that the connection is lost, or it would give it to the next one.
      def converted(error)
        known = Failures.convert(error)
        return known unless known.is_a?(Error) && known.code == :unavailable && in_transaction?

        Sequel.convert_exception_class(error, Sequel::DatabaseDisconnectError)
      end

      def forget_after_transaction(connection)
        forget = -> { connection.instance_variable_set(:@concord_counts, nil) }
        @db.after_commit(&forget)
        @db.after_rollback(&forget)
        connection.instance_variable_set(:@concord_counts, [0])
      end
    end

    # @api private
    def self.dialect_of(db)
      case db.database_type
      when :postgres
        require_relative "postgres"
        Postgres
      when :sqlite
        require_relative "sqlite"
        Sqlite
      else raise Error.new(:config, "Concord keeps its tables in PostgreSQL or SQLite, not in #{db.database_type}")
      end
    end
  end
end
