# frozen_string_literal: true

require_relative "../error"

module Concord
  class Inbox
    # Tells an operator once that the database is away, and once that it is back.
    class Trouble
      def initialize(log)
        @log = log
        @away = false
      end

      # Notes a failure of the database; conflicts are everyday business and say nothing.
      def begin(error)
        return if @away || !error.is_a?(Error) || error.code != :unavailable

        @away = true
        @log.warn("the database does not answer; events wait and are tried again, no attempt is counted",
          error: error.code, cause: error.message)
      end

      # Notes that the database answered.
      def end
        return unless @away

        @away = false
        @log.info("the database answers again")
      end
    end
  end
end
