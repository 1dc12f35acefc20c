# frozen_string_literal: true

require "json"
require "monitor"
require "sqlite3"

module Concord
  module Sql
    # What is SQLite's own in the SQL of the stores, and how its statements are run.
    module Sqlite
      # Milliseconds since the epoch: the file belongs to one process, so that its clock is the database's.
      NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)"

      # One transaction writes at a time, so nothing needs a lock of its own.
      SKIP_LOCKED = ""
      FOR_SHARE = ""
      LOCK_SCOPE = nil

      # Time between two looks at a file that another connection writes to, in seconds.
      BUSY_PAUSE = 0.001
      # Looks after which a statement gives up: about five seconds.
      BUSY_LOOKS = 5_000

      # Lets one transaction of a client at a time run, in the order of asking, and sets up its connections. SQLite itself
      # would make a second writer wait inside the library, with all threads of the process (trap T39).
      module OneWriter
        def self.extended(db)
          db.instance_variable_set(:@concord_writer, Monitor.new)
          db.transaction_mode = :immediate
          db.disconnect unless db.pool.max_size == 1
          db.synchronize { |connection| Sqlite.tune(connection) }
        end

        def connect(server) = super.tap { |connection| Sqlite.tune(connection) }

        def transaction(options = Sequel::OPTS, &block)
          @concord_writer.synchronize { super }
        end
      end
      private_constant :OneWriter

      module_function

      def name = :sqlite

      def prepare_client(db)
        db.extend(OneWriter) unless db.singleton_class.include?(OneWriter)
      end

      def tune(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # A handler in Ruby gives the other threads their turn, which SQLite's own timeout does not.
        connection.busy_handler { |looks| looks < BUSY_LOOKS && sleep(BUSY_PAUSE) && true }
      end

      def uuid(placeholder) = placeholder

      def elements(placeholder, _type) = "(SELECT value FROM json_each(#{placeholder}))"

      def list(values) = JSON.generate(values)

      def bytes(value) = value && SQLite3::Blob.new(value)

      def query(connection, text, values)
        statement = prepared(connection, text)
        statement.bind_params(*values.map { |value| bindable(value) })
        columns = statement.columns.map(&:to_sym)
        statement.map { |row| columns.zip(row).to_h }
      ensure
        statement&.reset!
      end

      def run(connection, text)
        forget_statements(connection)
        connection.execute_batch(text)
      end

      def check_transaction(_connection) = nil

      # Its statements are never waited for outside of Ruby.
      def cancel(_connection) = nil

      # SQLite would take a string of unknown encoding for bytes, and its tables are strict.
      def bindable(value)
        return value unless value.is_a?(String) && !value.is_a?(SQLite3::Blob)

        (value.encoding == Encoding::UTF_8) ? value : value.dup.force_encoding(Encoding::UTF_8)
      end

      # `$1` is a name to SQLite and `?1` a position. Kept where Sequel closes its own statements.
      def prepared(connection, text)
        known, = connection.prepared_statements[text]
        return known if known

        statement = connection.prepare(text.gsub(/\$(\d+)/, '?\1'))
        connection.prepared_statements[text] = [statement, text]
        statement
      end

      # A prepared statement would keep its table from being changed.
      def forget_statements(connection)
        connection.prepared_statements.each_value { |statement, _| statement.close }
        connection.prepared_statements.clear
      end
    end
  end
end
