# frozen_string_literal: true

require "sequel"
require_relative "../error"

module Concord
  module Sql
    # Gives faults of the connection, of permissions and of concurrency as {Concord::Error} and leaves all others, such as a
    # broken constraint, as they are, for whoever wrote the statement.
    module Failures
      # Codes of https://www.postgresql.org/docs/current/errcodes-appendix.html, whole or by class.
      POSTGRES = {
        "25P02" => [:failed_precondition,
          "a statement of the transaction failed and its error was caught, so that PostgreSQL takes nothing of it any " \
          "more; let the error through, or use a savepoint"],
        "25P03" => [:unavailable, "PostgreSQL ended a transaction that was idle for too long"],
        "28" => [:unauthenticated, "PostgreSQL refuses the user or the password"],
        "3D000" => [:not_found, "there is no database of that name; create it, or correct the URL"],
        "40001" => [:transaction_conflict, "PostgreSQL could not order this transaction among others; it can be repeated"],
        "40P01" => [:transaction_conflict, "this transaction waited for one that waited for it; it can be repeated"],
        "42501" => [:permission_denied, "the user of the database may not do that; grant it"],
        "53" => [:resource_exhausted, "PostgreSQL is out of memory, disk or connections"],
        "55P03" => [:transaction_conflict, "a lock was not had in time; it can be repeated"],
        "57P01" => [:unavailable, "PostgreSQL ended the connection"],
        "57P02" => [:unavailable, "PostgreSQL crashed"],
        "57P03" => [:unavailable, "PostgreSQL does not take connections now"],
        "08" => [:unavailable, "the connection to PostgreSQL was lost"]
      }.freeze

      # Primary result codes of https://www.sqlite.org/rescode.html that say more about the file than about the statement.
      SQLITE = {
        3 => [:permission_denied, "the database file may not be written"],
        5 => [:locked, "the database file is held by another program"],
        6 => [:locked, "the database file is held by another statement"],
        8 => [:permission_denied, "the database file may not be written"],
        10 => [:unavailable, "the database file cannot be read or written"],
        11 => [:unavailable, "the database file is damaged"],
        13 => [:resource_exhausted, "the database file cannot grow, the disk is full"],
        14 => [:unavailable, "the database file cannot be opened"],
        26 => [:unavailable, "the file is no SQLite database"]
      }.freeze

      module_function

      # What Sequel and the drivers that are loaded may raise. The gem needs one of the drivers, not both.
      # @return [Array<Class>]
      def classes
        [Sequel::Error, (PG::Error if defined?(PG::Error)), (SQLite3::Exception if defined?(SQLite3::Exception))].compact
      end

      # @return [Exception] a {Concord::Error} where the fault is known, else the error itself
      def convert(error)
        return error if error.is_a?(Error)

        driver = unwrap(error)
        code, message = postgres(driver) || sqlite(driver) || pool(error) || lost(error, driver)
        code ? Error.new(code, message, {sql_state: sql_state(driver)}.compact) : error
      end

      # Sequel keeps the driver's error in `wrapped_exception`.
      def unwrap(error)
        (error.respond_to?(:wrapped_exception) && error.wrapped_exception) || error
      end

      def postgres(error)
        state = sql_state(error)
        state && (POSTGRES[state] || POSTGRES[state[0, 2]])
      end

      def sql_state(error)
        return unless error.respond_to?(:result) && error.result

        error.result.error_field(PG::Result::PG_DIAG_SQLSTATE)
      end

      def sqlite(error)
        error.respond_to?(:code) && error.code.is_a?(Integer) && SQLITE[error.code & 0xff] || nil
      end

      def pool(error)
        [:unavailable, "no database connection was free in time; allow more of them"] if error.is_a?(Sequel::PoolTimeout)
      end

      # A connection that broke has no SQLSTATE.
      def lost(error, driver)
        broken = error.is_a?(Sequel::DatabaseDisconnectError) || error.is_a?(Sequel::DatabaseConnectionError) ||
          (defined?(PG::Error) && broken?(driver))
        [:unavailable, "the database cannot be reached"] if broken
      end

      def broken?(driver)
        driver.is_a?(PG::ConnectionBad) || driver.is_a?(PG::UnableToSend) ||
          (driver.instance_of?(PG::Error) && driver.message.match?(/connection|PQ\w+\(\)/i))
      end
    end
  end
end
