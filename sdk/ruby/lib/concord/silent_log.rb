# frozen_string_literal: true

module Concord
  # A log that writes nothing. Any object with these methods serves: one line per fact, with ids, counts and durations for
  # fields, never payloads.
  class SilentLog
    def debug(message, **fields) = nil

    def info(message, **fields) = nil

    def warn(message, **fields) = nil

    def error(message, **fields) = nil

    # @return [SilentLog] a log whose lines all carry these fields
    def child(**fields) = self
  end
end
