# frozen_string_literal: true

module Concord
  module Contract
    # How failed attempts of an event are repeated: exponential backoff with jitter. `initial_ms` bounds the wait after
    # the first failure (default 200), `max_ms` any wait (30,000), `max_attempts` counts the runs before the event
    # becomes a dead letter (5), `handler_timeout_ms` is what one run may take (30,000).
    RetryPolicy = Struct.new(:initial_ms, :max_ms, :max_attempts, :handler_timeout_ms, keyword_init: true) do
      # Fills what a contract leaves unset.
      # @param options [Concord::Proto::Event::V1::RetryPolicy, nil]
      def self.from(options)
        defaults = {initial_ms: 200, max_ms: 30_000, max_attempts: 5, handler_timeout_ms: 30_000}
        return new(**defaults).freeze unless options

        new(**defaults.to_h { |name, value| [name, options.public_send(:"has_#{name}?") ? options[name.to_s] : value] })
          .freeze
      end
    end
  end
end
