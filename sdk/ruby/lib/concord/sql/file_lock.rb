# frozen_string_literal: true

require "sqlite3"
require_relative "../error"

module Concord
  module Sql
    # Holds a database file for this process through a lock file beside it, `<path>-lock`, as every language does. The lock
    # is the operating system's, so it ends with the process however that ends, and leaves nothing to clean up.
    class FileLock
      # @param path [String]
      # @raise [Error] `locked` when another process, or another part of this one, holds it
      def initialize(path)
        @lock = SQLite3::Database.new("#{path}-lock")
        @lock.execute("BEGIN EXCLUSIVE")
      rescue SQLite3::BusyException
        release
        raise Error.new(:locked, "another process holds the database file #{path}; stop it, or give this service a file " \
          "of its own")
      rescue SQLite3::CantOpenException
        raise Error.new(:permission_denied, "the lock file #{path}-lock cannot be opened; make its folder writable or " \
          "choose another")
      end

      # Gives the file free.
      def release
        @lock&.close
        @lock = nil
      end
    end
  end
end
