# frozen_string_literal: true

module Concord
  class Relay
    # Says when rows have waited so long that the broker may no longer know a repetition of theirs: it is then stored twice.
    # Consumers with an inbox drop it, those without handle it twice (trap T5).
    class AgeWatch
      INTERVAL_MS = 60_000
      private_constant :INTERVAL_MS

      def initialize(store:, clock:, log:, dedupe_window_ms:)
        @store = store
        @clock = clock
        @log = log
        @dedupe_window_ms = dedupe_window_ms
        @next_at_ms = clock.monotonic_ms
      end

      # Looks at the oldest row, at once and then once a minute at most: after an outage rows are old when the relay starts.
      def check
        return if @clock.monotonic_ms < @next_at_ms

        @next_at_ms = @clock.monotonic_ms + INTERVAL_MS
        status = @store.status
        return if status[:oldest_age_ms] <= @dedupe_window_ms

        @log.warn("outbox rows are older than the broker's dedupe window; a consumer without an inbox may see some twice",
          oldest_age_ms: status[:oldest_age_ms], waiting: status[:waiting], dedupe_window_ms: @dedupe_window_ms)
      end
    end
  end
end
