# frozen_string_literal: true

require_relative "cancellation"
require_relative "clock"
require_relative "lease/whole_share"
require_relative "outbox/entry"
require_relative "probe"
require_relative "relay/age_watch"
require_relative "relay/partition_relay"
require_relative "relay/scope"
require_relative "silent_log"

module Concord
  # Moves committed outbox rows to the broker. Per key, messages reach the stream in commit order; a crash, a lost answer or
  # a second relay, in whatever language, repeats messages with their ids and never reorders them (delivery.md section 3).
  class Relay
    # Partitions that are read and sent side by side: one's answers come while another's rows are read.
    WORKERS = 4
    # Growth of the time between two looks while nothing comes.
    POLL_GROWTH = 1.5
    private_constant :WORKERS, :POLL_GROWTH

    # Work on a partition that is this relay's: `state` is `:idle`, `:queued`, `:busy`, or `:again` when rows may have come
    # since it looked.
    Share = Struct.new(:relay, :cancellation, :state, keyword_init: true)
    private_constant :Share

    # @param store [Store::OutboxStore]
    # @param transport [Transport]
    # @param share [#call] shares the outbox's partitions among replicas. Default: all are this relay's.
    # @param window [Integer] messages on their way to the broker at once, over all keys. Default 256: more was no faster.
    # @param max_attempts [Integer] failures of a row's own before it is put aside. Default 10: about a minute.
    # @param retry_policy [PausePolicy] bounds of the waits after failures. Default 200 ms to 30 s.
    # @param poll_ms [Range] bounds of the time between looks for rows whose commit was not seen here, in milliseconds.
    # @param dedupe_window_ms [Integer] time in which the broker drops repetitions: older rows are warned of. Default 2 min.
    def initialize(store:, transport:, share: Lease::WholeShare.new, clock: Clock.new, random: Random.new,
      log: SilentLog.new, window: 256, max_attempts: 10, retry_policy: PausePolicy.new(200, 30_000), poll_ms: 50..1_000,
      dedupe_window_ms: 120_000, probe: Probe::NONE)
      @store = store
      @share = share
      @clock = clock
      @log = log
      @poll = poll_ms
      @scope = Scope.new(store:, transport:, clock:, random:, log:, probe:, max_attempts:, retry_policy:,
        window: [1, window / WORKERS].max)
      @store_pause = @scope.new_pause
      @age_watch = AgeWatch.new(store:, clock:, log:, dedupe_window_ms:)
      @lock = Mutex.new
      @changed = ConditionVariable.new
      @shares = {}
      @work = Thread::Queue.new
      @poll_ms = poll_ms.min
    end

    # Relays until it is canceled, then finishes what is under way and gives its partitions back. Waits out failures of
    # broker and database.
    # @param cancellation [Cancellation]
    def run(cancellation) = relay_until(cancellation, until_idle: false)

    # Relays until no row waits: every one is sent or put aside.
    def run_until_idle(cancellation = Cancellation.new) = relay_until(cancellation, until_idle: true)

    # Says that rows were committed, so that they need not wait for the next look.
    # @param partitions [Array<Integer>, nil] theirs, where known; saves a query
    def wake(partitions = nil)
      @lock.synchronize do
        partitions&.each { |partition| enqueue(partition) }
        ring unless partitions
      end
    end

    # What the relay has done and what keeps it from going on.
    # @return [Hash] `:published` (repetitions included), `:duplicates`, `:failed`, `:quarantined`, `:partitions` (its own
    #   now), `:stopped_keys`, `:paused_ms` (until the broker is tried again), `:troubled_streams`
    def status
      relays = @lock.synchronize { @shares.values.map(&:relay) }
      {**@scope.counts, partitions: relays.size, stopped_keys: relays.sum(&:stopped_keys),
                        paused_ms: @scope.broker_pause.remaining_ms, troubled_streams: @scope.troubled_streams}
    end

    private

    def relay_until(cancellation, until_idle:)
      stop = Cancellation.new(cancellation)
      listener = stop.on_cancel { @lock.synchronize { ring } }
      workers = Array.new(WORKERS) { Thread.new { work } }
      sharing = Thread.new { share_partitions(stop) }
      look_again(until_idle) until stop.canceled? || @failure || idle?(until_idle)
    ensure
      stop.cancel(:stop)
      stop.off(listener)
      stop.release
      sharing&.join
      workers&.each { @work << nil }
      workers&.each(&:join)
      failure, @failure = @failure, nil
      raise failure if failure
    end

    def share_partitions(stop)
      @share.call(scope: "relay", partitions: Outbox::PARTITIONS, on_acquired: method(:acquired), on_lost: method(:lost))
        .run(stop)
    rescue => error
      fail_with(error)
    end

    # Looks rarely while nothing comes, and at once for a key whose time has come.
    def look_again(until_idle)
      look
      @lock.synchronize do
        @poll_ms = @progressed ? @poll.min : [@poll_ms * POLL_GROWTH, @poll.max].min
        @progressed = false
        @changed.wait(@lock, next_look_ms(until_idle) / 1000.0) unless @rung
        @rung = false
      end
    end

    # Starts the partitions that have rows.
    def look
      return if @store_pause.remaining_ms.positive?

      @age_watch.check
      return if @scope.broker_pause.remaining_ms.positive?

      pending = @store.pending_partitions
      @store_pause.end
      @lock.synchronize { pending.each { |partition| enqueue(partition) } }
      @pending = pending.any?
    rescue Error, *Sql::Failures.classes => error
      note_store_failure(error)
    end

    def next_look_ms(until_idle)
      paused_ms = [@scope.broker_pause.remaining_ms, @store_pause.remaining_ms].max
      return paused_ms if paused_ms.positive?

      [@poll_ms, *@shares.values.filter_map { |share| share.relay.next_in_ms if share.state == :idle }].min
    end

    def idle?(until_idle) = until_idle && @pending == false

    # Called with the lock held.
    def enqueue(partition)
      share = @shares[partition] or return
      case share.state
      when :idle
        share.state = :queued
        @work << share
      when :busy then share.state = :again
      end
    end

    # Called with the lock held.
    def ring
      @rung = true
      @changed.broadcast
    end

    def work
      while (share = @work.pop)
        @lock.synchronize { share.state = :busy }
        drain(share)
        @lock.synchronize { finish(share) }
      end
    rescue Exception => error # rubocop:disable Lint/RescueException -- whatever ends a worker ends the relay
      fail_with(error)
    end

    def drain(share)
      return if @failure
      return unless share.relay.drain(share.cancellation).positive?

      @progressed = true
    rescue Error, *Sql::Failures.classes => error
      note_store_failure(error)
    end

    # Called with the lock held.
    def finish(share)
      again = share.state == :again && !share.cancellation.canceled?
      share.state = again ? :queued : :idle
      @work << share if again
      ring
    end

    def acquired(partition, cancellation)
      relay = PartitionRelay.new(partition, @scope)
      @lock.synchronize do
        @shares[partition] = Share.new(relay:, cancellation:, state: :idle)
        ring
      end
    end

    # Returns when nothing of the partition is under way.
    def lost(partition)
      @lock.synchronize do
        share = @shares.delete(partition) or return
        @changed.wait(@lock) until share.state == :idle || @failure
      end
    end

    def note_store_failure(error)
      delay_ms = @store_pause.begin
      @log.warn("the outbox cannot be read", error: Error.wrap(error).code, cause: error.message, delay_ms:) if delay_ms
    end

    def fail_with(error)
      @lock.synchronize do
        @failure ||= error
        ring
      end
    end
  end
end
