# frozen_string_literal: true

module Concord
  # Concord's tables in a service's own database, one class for each. All languages read and write them alike
  # (`migrations/README.md`).
  module Store
    # One partition of one stream for one consumer.
    PartitionRef = Struct.new(:consumer, :stream, :partition)

    # What the stores have in common. Methods use the connection of the calling thread: inside a transaction they belong
    # to it.
    class Base
      # @param database [Concord::Sql::Database]
      # @param schema [String, nil] PostgreSQL's schema of the tables. Default: the first of the search path.
      def initialize(database, schema: nil)
        @database = database
        @dialect = database.dialect
        @schema = schema
      end

      private

      attr_reader :database, :dialect

      def table(name) = @schema ? "#{@schema}.#{name}" : name

      def now = dialect::NOW

      def query(text, values = []) = database.query(text, values)

      def first(text, values = []) = database.first(text, values)

      # Writes `($1, $2), ($3, $4)` for so many rows of so many columns.
      def placeholders(rows, columns)
        Array.new(rows) { |row| "(#{Array.new(columns) { |column| "$#{row * columns + column + 1}" }.join(", ")})" }.join(", ")
      end
    end
  end
end
