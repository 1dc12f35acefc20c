# frozen_string_literal: true

require "digest"
require "pg"

module Concord
  module Sql
    # What is PostgreSQL's own in the SQL of the stores, and how its statements are run.
    module Postgres
      # Milliseconds since the epoch, by the database's clock (trap T19).
      NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

      # Locks the rows `p` of a SELECT, passing over those that another transaction holds.
      SKIP_LOCKED = "FOR UPDATE OF p SKIP LOCKED"

      # Locks the rows of a SELECT against changes.
      FOR_SHARE = "FOR SHARE"

      # Lets one transaction of a lease scope at a time go on.
      LOCK_SCOPE = "SELECT pg_advisory_xact_lock(hashtextextended('concord_lease/' || $1, 7))"

      # How long a server may take to hear that a statement is to end.
      CANCEL_S = 1
      private_constant :CANCEL_S

      TEXT_ARRAY = PG::TextEncoder::Array.new(elements_type: PG::TextEncoder::String.new).freeze
      BYTES_ARRAY = PG::TextEncoder::Array.new(elements_type: PG::TextEncoder::Bytea.new).freeze
      private_constant :TEXT_ARRAY, :BYTES_ARRAY

      # Columns come back as what they are: integers, booleans, bytes; everything else as text.
      RESULTS = PG::TypeMapByOid.new.tap do |map|
        {20 => :Integer, 21 => :Integer, 23 => :Integer, 26 => :Integer, 16 => :Boolean, 17 => :Bytea}.each do |oid, type|
          map.add_coder(PG::TextDecoder.const_get(type).new(oid: oid))
        end
      end.freeze
      private_constant :RESULTS

      # Begins a transaction and limits its idle time in one round trip.
      module IdleTimeout
        private

        def begin_new_transaction(connection, options)
          limit = options[:concord_idle_timeout_ms]
          return super unless limit

          connection.execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = #{Integer(limit)}")
          set_transaction_isolation(connection, options)
        end
      end
      private_constant :IdleTimeout

      module_function

      def name = :postgres

      def prepare_client(db) = db.extend(IdleTimeout)

      # Casts a placeholder to the type of `event_id`.
      def uuid(placeholder) = "CAST(#{placeholder} AS uuid)"

      # A subquery whose column `value` has the elements of a placeholder that was bound to a {#list}.
      def elements(placeholder, type) = "(SELECT unnest(#{placeholder}::#{type}[]) AS value)"

      # Gives several values as the value of one placeholder.
      def list(values) = TEXT_ARRAY.encode(values.map { |value| value&.to_s })

      # Gives several byte strings as the value of one placeholder.
      def bytes_list(values) = BYTES_ARRAY.encode(values)

      # Gives a byte string as the value of one placeholder.
      def bytes(value) = value && {value: value, type: 17, format: 1}

      def query(connection, text, values)
        name = prepared(connection, text)
        result = connection.exec_prepared(name, values)
        result.type_map = RESULTS
        result.field_name_type = :symbol
        result.to_a
      ensure
        result&.clear
      end

      def run(connection, text) = connection.exec(text).clear

      # Ends the statement under way on a connection, which the driver would wait for whatever happens to its thread.
      def cancel(connection)
        Thread.new { connection.cancel }.join(CANCEL_S) if connection.transaction_status == PG::PQTRANS_ACTIVE
      rescue PG::Error
        # The connection is gone, and the statement with it.
      end

      # PostgreSQL answers `COMMIT` with `ROLLBACK`, and no error, when a statement before had failed.
      # @raise [Concord::Error] `failed_precondition`
      def check_transaction(connection)
        return unless connection.transaction_status == PG::PQTRANS_INERROR

        raise Error.new(:failed_precondition, Failures::POSTGRES.fetch("25P02").last)
      end

      # The name is made of the text, so that two programs on one connection of a pooler cannot mean different statements.
      def prepared(connection, text)
        statements = connection.prepared_statements
        name = statements[text]
        return name if name

        name = "concord_#{Digest::SHA256.hexdigest(text)[0, 32]}"
        connection.prepare(name, text)
        statements[text] = name
      end
    end
  end
end
