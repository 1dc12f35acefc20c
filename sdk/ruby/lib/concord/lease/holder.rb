# frozen_string_literal: true

require_relative "../cancellation"
require_relative "../clock"
require_relative "../error"
require_relative "../probe"
require_relative "../silent_log"

module Concord
  module Lease
    # Holds a fair share of partitions under leases, with a heartbeat every third of their time. A lease ends here when its
    # time has passed since *before* its renewal was sent, so never later than in the database. Losing one only means that
    # work may be repeated by another (delivery.md section 1).
    class Holder
      # @return [Integer] replicas alive at the last heartbeat, this one included; 0 before the first
      attr_reader :members

      # @param store [Store::LeaseStore]
      # @param owner [String] names this replica; unique per process
      # @param ttl_ms [Integer] time without a heartbeat after which others take over. Default 10,000.
      # @param scope, partitions, on_acquired, on_lost see {WholeShare#call}
      def initialize(store:, owner:, scope:, partitions:, on_acquired:, on_lost:, ttl_ms: 10_000, clock: Clock.new,
        log: SilentLog.new, probe: Probe::NONE)
        @store = store
        @owner = owner
        @scope = scope
        @partitions = partitions
        @on_acquired = on_acquired
        @on_lost = on_lost
        @ttl_ms = ttl_ms
        @clock = clock
        @log = log.child(scope:, owner:)
        @probe = probe
        @lock = Mutex.new
        @held = {}
        @giving_back = {}
        @members = 0
        @expires_at_ms = 0
      end

      # @return [Array<Integer>] partitions held now
      def held = @lock.synchronize { @held.keys }

      # Takes part until it is canceled, then gives everything back.
      def run(cancellation)
        watching = Thread.new { watch_expiry(cancellation) }
        until cancellation.canceled?
          beat(cancellation)
          @clock.sleep(next_beat_ms, cancellation)
        end
        watching.join
        leave
      end

      private

      # A heartbeat that fails or hangs costs nothing until the time is up; then {#watch_expiry} ends the work.
      def beat(cancellation)
        sent_at_ms = @clock.monotonic_ms
        view = balance or return
        @probe.reach("lease.renew")
        @expires_at_ms = sent_at_ms + @ttl_ms
        @members = view.members
        adopt(view) unless cancellation.canceled?
      end

      def balance
        @store.balance(scope: @scope, partitions: @partitions, owner: @owner, ttl_ms: @ttl_ms, held:)
      rescue => error
        @log.warn("lease heartbeat failed", error: Error.wrap(error).code, cause: error.message)
        nil
      end

      def adopt(view)
        ours = (view.held + view.acquired).uniq
        (held - ours).each { |partition| lose_later(partition, "another replica holds it") }
        @probe.reach("lease.acquire") if view.acquired.any?
        ours.each { |partition| acquire(partition) }
        held.drop(fair_share).each { |partition| give_back(partition) }
      end

      def acquire(partition)
        cancellation = @lock.synchronize do
          next if @held.key?(partition) || @giving_back.key?(partition)

          @held[partition] = Cancellation.new
        end
        return unless cancellation

        @log.debug("lease acquired", partition:)
        @on_acquired.call(partition, cancellation)
      end

      # Beside the heartbeat, so that work which is slow to end cannot cost the other partitions.
      def give_back(partition)
        @lock.synchronize do
          @giving_back[partition] ||= Thread.new do
            lose(partition, "given to another replica")
            release(partition)
          ensure
            @lock.synchronize { @giving_back.delete(partition) }
          end
        end
      end

      def release(partition)
        @store.release(@scope, @owner, [partition])
      rescue => error
        @log.warn("lease could not be given back", partition:, cause: error.message)
      end

      def lose_later(partition, why) = Thread.new { lose(partition, why) }

      def lose(partition, why)
        cancellation = @lock.synchronize { @held.delete(partition) } or return
        @log.debug("lease ended", partition:, why:)
        cancellation.cancel(:lease_lost)
        @on_lost.call(partition)
      end

      def watch_expiry(cancellation)
        until cancellation.canceled?
          held_now = held
          left_ms = held_now.empty? ? @ttl_ms / 3.0 : @expires_at_ms - @clock.monotonic_ms
          if left_ms.positive?
            @clock.sleep(left_ms, cancellation)
          else
            held_now.each { |partition| lose_later(partition, "it was not renewed in time") }
            @clock.sleep(1, cancellation)
          end
        end
      end

      def fair_share = @partitions.fdiv([1, @members].max).ceil

      # A replica that waits for its share asks more often, so that a new one starts in seconds.
      def next_beat_ms
        guaranteed = [0, @partitions - fair_share * (@members - 1)].max
        (held.size < guaranteed) ? @ttl_ms / 10.0 : @ttl_ms / 3.0
      end

      def leave
        held.map { |partition| lose_later(partition, "the replica stops") }.each(&:join)
        @lock.synchronize { @giving_back.values }.each(&:join)
        @store.leave(@scope, @owner)
        @probe.reach("lease.release")
      rescue => error
        @log.warn("leases could not be given back; others wait for their expiry", cause: error.message)
      end
    end
  end
end
