# frozen_string_literal: true

require "concord"
require "testee/protocol"

module Testee
  # The relay of a session.
  class Relaying
    Running = Struct.new(:relay, :stop, :thread)
    # Time between two looks at whether what is left can be sent, in milliseconds.
    LOOK_MS = 20
    private_constant :Running, :LOOK_MS

    # @param session [Session]
    def initialize(session)
      @session = session
    end

    # Sends what can be sent, then ends.
    # @return [Hash] `:published`, `:quarantined`
    def until_idle
      running = start_relay
      @session.clock.sleep(LOOK_MS) until idle?(running.relay)
      finish(running)
    end

    # Begins, and goes on until {#stop}.
    def start
      raise BadRequest, "a relay runs already" if @running

      @running = start_relay
    end

    # Ends, and tells what was done since the start.
    # @return [Hash] `:published`, `:quarantined`
    def stop
      ended, @running = @running, nil
      ended ? finish(ended) : {published: 0, quarantined: 0}
    end

    def wake(partitions) = @running&.relay&.wake(partitions)

    private

    def start_relay
      raise BadRequest, "a relay needs a database" unless @session.storage

      poll_ms = @session.settings.poll_ms
      poll = poll_ms ? {poll_ms: poll_ms..poll_ms} : {}
      relay = Concord::Relay.new(store: @session.storage.stores.outbox, transport: @session.transport,
        share: @session.share, clock: @session.clock, random: @session.random, log: @session.log,
        probe: @session.points, **poll)
      stop = Concord::Cancellation.new
      Running.new(relay, stop, Thread.new { relay.run(stop) })
    end

    def finish(running)
      running.stop.cancel(:stop)
      running.thread.join
      running.relay.status.slice(:published, :quarantined)
    end

    # Rows behind a quarantined one cannot be sent, and are not waited for.
    def idle?(relay)
      return true if @session.storage.stores.outbox.pending_partitions.empty?

      status = relay.status
      status[:troubled_streams].any? || status[:paused_ms].to_i.positive?
    end
  end
end
