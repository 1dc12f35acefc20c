# frozen_string_literal: true

require "monitor"
require_relative "../cancellation"
require_relative "../clock"
require_relative "../inbox"
require_relative "../lease/whole_share"
require_relative "../parking/runner"
require_relative "../probe"
require_relative "../silent_log"
require_relative "cursor_writer"
require_relative "event_settler"
require_relative "executor"
require_relative "redrive_settler"
require_relative "stream_consumer"
require_relative "stream_source"
require_relative "watchdog"

module Concord
  module Consumer
    # Consumes for a service with a database: streams are read like logs, the position and whatever waits live in that
    # database (delivery.md section 4). Effects happen exactly once and, per key, in the order of the stream.
    class LogConsumer
      # Connections that are needed beside those of the handlers: relay, leases, positions.
      SPARE_CONNECTIONS = 4
      # Time that an interrupted handler gets to clean up.
      UNWIND_MS = 1_000
      # How often handlers are interrupted in that time.
      INTERRUPT_MS = 50
      private_constant :SPARE_CONNECTIONS, :UNWIND_MS, :INTERRUPT_MS

      # @param inbox [Inbox] knows service, stores and router
      # @param transport [Transport]
      # @param share [#call] which partitions are this replica's. Default: all.
      # @param handle [#call] runs the handler of an event within its transaction. Default: the router's.
      # @param concurrency [Integer] handlers that run at once. Default 16, and no more than the database has connections.
      # @param buffer [Hash] what one stream may hold in memory, see {ReadBuffer#initialize}
      # @param handler_timeout_ms [Integer, nil] overrides the handler timeout of the contracts
      # @param max_deliveries [Integer, nil] runs that never ended after which an event is a dead letter. Default: the
      #   attempts of its contract.
      # @param max_parked [Integer] parked events of one partition at which reading it stops. Default 10,000.
      # @param rewind_margin [Integer] messages before a stream's new end that are read again after it lost some
      def initialize(inbox:, transport:, share: Lease::WholeShare.new, handle: inbox.router.method(:call),
        concurrency: 16, buffer: {}, handler_timeout_ms: nil, max_deliveries: nil, max_parked: 10_000,
        rewind_margin: 10_000, clock: Clock.new, random: Random.new, log: SilentLog.new, probe: Probe::NONE)
        @inbox = inbox
        @transport = transport
        @share = share
        @handler = handle
        @handler_timeout_ms = handler_timeout_ms
        @options = {max_parked:, rewind_margin:, buffer:}
        @max_deliveries = max_deliveries
        @clock = clock
        @log = log
        @probe = probe
        @watchdog = Watchdog.new(clock:)
        @executor = Executor.new(concurrency: bounded(concurrency), clock:,
          on_error: ->(error) { log.error("a fault of the consumer", error: error.class.name, cause: error.message) })
        @writer = CursorWriter.new(store: stores.cursor, log:, probe:)
        @stop = Cancellation.new
        @given_up = Cancellation.new
        @shared = {service: inbox.service, transport:, stores:, executor: @executor, writer: @writer, given_up: @given_up,
                   clock:, random:, log:, probe:}
        @streams = []
      end

      # Begins to consume, and keeps trying when broker or database are away.
      # @raise [Error] `config` when a handler is for what this service may not consume
      def start
        return if @threads

        @runner = new_runner
        @streams = event_streams
        @threads = [@runner, *@streams].map { |part| Thread.new { part.run(@stop) } }
        @log.info("consuming", streams: @streams.map(&:stream), concurrency: @executor.concurrency)
      end

      # Ends in order: reads nothing more, finishes what runs, stores the positions, gives its partitions back (trap T18).
      # @param timeout_ms [Numeric] what has not finished by then is interrupted and handled again later, without an attempt
      #   counted. A handler that goes on for a second after that is left behind: its event is handled again as after a crash.
      # @return [Boolean] whether no handler was left behind
      def drain(timeout_ms: 10_000)
        @stop.cancel(:drain)
        return true unless @threads

        @drained ||= [end_in_order(timeout_ms)]
        @drained.first
      end

      # How the consumer is doing.
      # @return [Hash] `:streams` (of each the `:stream`, its `:partitions`, `:paused`, `:unread` and `:unfinished`), `:lag`
      #   (messages not settled, at most), `:parked`, `:running`, `:started`
      def status
        streams = @streams.map { |stream| status_of(stream) }
        {streams:, lag: streams.sum { |stream| stream[:unread] + stream[:unfinished] },
         parked: held.sum { |ref| stores.parking.count(ref) }, running: @executor.running,
         started: !@threads.nil? && !@stop.canceled?}
      end

      private

      def stores = @inbox.stores

      def held = @streams.flat_map(&:held)

      def bounded(concurrency)
        free = [1, stores.database.max_connections - SPARE_CONNECTIONS].max
        return concurrency if concurrency <= free || stores.database.name == :sqlite

        @log.warn("the database client has too few connections for its handlers; give max_connections at least " \
          "#{concurrency + SPARE_CONNECTIONS}", concurrency:, running_at_once: free)
        free
      end

      def event_streams
        options = {service: @inbox.service, namespace: @inbox.namespace}
        events = EventSettler.new(inbox: @inbox, attempts: stores.attempts, handle: method(:handle), log: @log,
          max_deliveries: @max_deliveries, on_parked: @runner.method(:wake))
        streams = StreamSource.all(@inbox.router, **options).map { |source| new_stream(source, events) }
        return streams if streams.empty?

        redrives = RedriveSettler.new(inbox: @inbox, on_parked: @runner.method(:wake))
        streams << new_stream(StreamSource.redrives(**options), redrives)
      end

      def new_stream(source, settler)
        StreamConsumer.new(source:, settler:, share: @share, shared: @shared, on_partitions: @runner.method(:wake),
          **@options)
      end

      def new_runner
        Parking::Runner.new(inbox: @inbox, parking: stores.parking, executor: @executor, refs: method(:held),
          suspect: method(:suspect?), handle: method(:handle), given_up: @given_up, log: @log)
      end

      def suspect?(parked)
        stream = @streams.find { |one| one.stream == parked.stream }
        parked.sequence <= (stream&.suspect_until(parked.partition) || 0)
      end

      # Every attempt has a deadline of its own. What the handler still does after it is void: its transaction is rolled
      # back, its publications are refused.
      def handle(event, tx)
        limit_ms = @handler_timeout_ms || event.contract.retry_policy.handler_timeout_ms
        @watchdog.run(limit_ms, "#{event.type} #{event.id}", unblock: stores.database.canceler) do |cancellation|
          @handler.call(event.with(cancellation:, log: @log), tx)
        end
      end

      # What was left behind may hold what the rest of the end needs, such as SQLite's one writer: so that has its time too.
      def end_in_order(timeout_ms)
        overrun = Thread.new { interrupt_after(timeout_ms) }
        deadline_ms = @clock.monotonic_ms + timeout_ms + 2 * UNWIND_MS
        ended = @threads.map { |thread| thread.join([0, deadline_ms - @clock.monotonic_ms].max / 1000.0) }.all?
        overrun.kill.join
        @executor.close(wait: ended && !@given_up.canceled?)
        @writer.close if ended
        @watchdog.close
        @probe.reach("drain.release") if ended
        ended && !@given_up.canceled?
      end

      # Again and again, for a handler may just be starting.
      def interrupt_after(timeout_ms)
        sleep timeout_ms / 1000.0
        (UNWIND_MS / INTERRUPT_MS).times do
          @watchdog.interrupt_all(:drain)
          sleep INTERRUPT_MS / 1000.0
        end
        left = @watchdog.under_way
        if left.any?
          @log.error("handlers that cannot be interrupted are left behind; their events are handled again as after a crash",
            events: left)
        end
        @given_up.cancel(:drain)
      end

      def status_of(stream)
        # A broker that is away says so in its own health; what is known here is told all the same.
        last = begin
          @transport.stream_state(stream.stream)&.last_sequence
        rescue Error
          nil
        end
        {stream: stream.stream, partitions: stream.held.map(&:partition), paused: stream.paused,
         unread: last ? [last - stream.last_read, 0].max : 0, unfinished: stream.unfinished}
      end
    end
  end
end
