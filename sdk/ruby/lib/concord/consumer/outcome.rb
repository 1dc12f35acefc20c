# frozen_string_literal: true

module Concord
  module Consumer
    # How a run of an event ended, for whoever schedules the next one. `kind` is `:done`, `:duplicate`, `:parked`, `:dead`,
    # or `:retry`: again in `delay_ms`, and `counted` says whether the run was a failed attempt.
    Outcome = Struct.new(:kind, :delay_ms, :counted, keyword_init: true) do
      # @return [Boolean] whether the event needs another run
      def retry? = kind == :retry

      # Again later.
      def self.retry(delay_ms, counted:) = new(kind: :retry, delay_ms:, counted:).freeze
    end

    DONE = Outcome.new(kind: :done).freeze
    DUPLICATE = Outcome.new(kind: :duplicate).freeze
    PARKED = Outcome.new(kind: :parked).freeze
    DEAD = Outcome.new(kind: :dead).freeze
  end
end
