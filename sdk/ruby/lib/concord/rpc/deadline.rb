# frozen_string_literal: true

module Concord
  module Rpc
    # When the caller of the call that this thread works for stops waiting, so that calls made meanwhile wait no longer.
    module Deadline
      module_function

      # @return [Numeric, nil] in milliseconds of the monotonic clock
      def current = Thread.current[:concord_rpc_deadline]

      # Works under a deadline while the block runs.
      # @param deadline_ms [Numeric, nil] in milliseconds of the monotonic clock
      def with(deadline_ms)
        before = current
        Thread.current[:concord_rpc_deadline] = deadline_ms
        yield
      ensure
        Thread.current[:concord_rpc_deadline] = before
      end
    end
  end
end
