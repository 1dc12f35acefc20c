# frozen_string_literal: true

module Concord
  # Lets a proof stop the work at any gap between two steps (conformance.md section 2, delivery.md section 8). A point is
  # reached after the step that it names. Handed in through options; without one nothing happens.
  class Probe
    # Every gap where a crash must be harmless.
    POINTS = %w[
      outbox.insert outbox.commit relay.claim relay.batch relay.publish relay.delete relay.commit relay.quarantine
      inbox.receive inbox.dedupe inbox.handler inbox.commit inbox.position park.insert park.commit unpark.claim
      unpark.handler unpark.commit dead.insert dead.publish redrive.flip redrive.run lease.acquire lease.renew
      lease.release drain.stop drain.store drain.release
    ].freeze

    # Called when a gap is reached; the work goes on when it returns, and dies with it when it raises.
    # @param point [String] one of {POINTS}
    def reach(point)
    end

    # Reaches nothing.
    NONE = new.freeze
  end
end
