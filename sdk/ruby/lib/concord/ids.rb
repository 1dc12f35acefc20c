# frozen_string_literal: true

module Concord
  # Draws UUIDv7 (RFC 9562, method 1) that rise, also within one millisecond and when the clock goes back, by a counter
  # of 12 bits that begins anew at a random number each millisecond. Safe in many threads.
  class Ids
    COUNTER_LIMIT = 0x1000
    UUID7 = /\A\h{8}-\h{4}-7\h{3}-[89abAB]\h{3}-\h{12}\z/
    private_constant :COUNTER_LIMIT, :UUID7

    # @param clock [Clock]
    # @param random [Random] 62 random bits an id; they need not be secret
    def initialize(clock:, random: Random.new)
      @clock = clock
      @random = random
      @lock = Mutex.new
      @time_ms = 0
      @counter = 0
    end

    # @return [String] a new id, greater than every one before
    def next
      time_ms, counter, tail = @lock.synchronize { [*advance, @random.rand(1 << 62)] }
      hex = format("%012x7%03x%016x", time_ms, counter, (2 << 62) | tail)
      "#{hex[0, 8]}-#{hex[8, 4]}-#{hex[12, 4]}-#{hex[16, 4]}-#{hex[20, 12]}"
    end

    # Gives the milliseconds since the epoch that a UUIDv7 was drawn at.
    # @return [Integer, nil] nil for any other text
    def self.time_ms(id)
      "#{id[0, 8]}#{id[9, 4]}".hex if UUID7.match?(id)
    end

    private

    def advance
      now = @clock.now_ms.floor
      if now > @time_ms
        @time_ms = now
        @counter = @random.rand(COUNTER_LIMIT / 2)
      elsif (@counter += 1) == COUNTER_LIMIT
        @time_ms += 1
        @counter = 0
      end
      [@time_ms, @counter]
    end
  end
end
