# frozen_string_literal: true

module Concord
  # How long to wait after a failed attempt.
  module Backoff
    # Beyond it the power only costs memory.
    MAX_DOUBLINGS = 64
    private_constant :MAX_DOUBLINGS

    module_function

    # Gives half to all of `min(max_ms, initial_ms * 2^(attempt - 1))`, by chance (conformance F10).
    # @param policy [#initial_ms, #max_ms]
    # @param attempt [Integer] 1 for the first
    # @param random [Float] in [0, 1)
    # @return [Integer] milliseconds
    def delay_ms(policy, attempt, random)
      bound = [policy.max_ms, policy.initial_ms * (2**[attempt - 1, MAX_DOUBLINGS].min)].min
      ((bound / 2.0) + (random * bound / 2.0)).floor
    end
  end
end
