# frozen_string_literal: true

require_relative "acknowledging/keep_alive"
require_relative "acknowledging/settler"
require_relative "backoff"
require_relative "cancellation"
require_relative "consumer/stream_source"
require_relative "consumer/watchdog"
require_relative "contract/retry_policy"
require_relative "silent_log"
require_relative "subject"
require_relative "timer"

module Concord
  # Consumes for a service without a database: the broker keeps the positions of durable consumers, shared by all replicas
  # (delivery.md section 5). At least once; effects may repeat around a crash. With `:strict` order the events of a
  # partition are first run in order; one that fails holds its partition.
  class AcknowledgingConsumer
    # What the parts of a consumer share.
    Parts = Struct.new(:service, :namespace, :transport, :router, :publisher, :handle, :watchdog, :order, :retry, :max_deliveries,
      :clock, :random, :log, keyword_init: true) do
      # @return [Contract::RetryPolicy] what the contract says, unless the service says otherwise
      def policy_of(contract)
        policy = contract.retry_policy
        self.retry.empty? ? policy : policy.dup.tap { |changed| self.retry.each { |name, value| changed[name] = value } }
      end
    end
    Waits = Struct.new(:initial_ms, :max_ms)
    RECONNECT = Waits.new(100, 10_000).freeze
    # Time that an interrupted handler gets to clean up.
    UNWIND_MS = 1_000
    private_constant :Parts, :Waits, :RECONNECT, :UNWIND_MS

    # @param service [String]
    # @param transport [Nats::Transport]
    # @param router [Router]
    # @param publisher [Publisher] what handlers publish with
    # @param handle [#call] runs the handler of an event. Default: the router's.
    # @param order [Symbol] `:strict` (default): one event of a partition at a time over all replicas; `:none`: many at a
    #   time, in any order
    # @param concurrency [Integer] handlers that run at once; default 16
    # @param ack_wait_ms [Integer] after this time without a sign of life the broker delivers again; default 35,000, the
    #   handler timeout and a margin. It bounds how long the events of a replica that died wait.
    # @param retry [Hash] replaces what the contracts say, see {Contract::RetryPolicy}
    # @param max_deliveries [Integer, nil] deliveries beyond which an event is a dead letter without a run; default: twice
    #   the attempts of its contract
    def initialize(service:, transport:, router:, publisher:, handle: router.method(:call), namespace: nil, order: :strict,
      concurrency: 16, ack_wait_ms: 35_000, retry: {}, max_deliveries: nil, clock: Clock.new, random: Random.new,
      log: SilentLog.new)
      raise Error.new(:config, "there is no order #{order.inspect}; use :strict or :none") unless %i[strict none].include?(order)

      @watchdog = Consumer::Watchdog.new(clock:)
      @parts = Parts.new(service:, namespace:, transport:, router:, publisher:, handle:, watchdog: @watchdog, order:, retry:,
        max_deliveries:, clock:, random:, log:)
      @order = order
      @concurrency = concurrency
      @ack_wait_ms = ack_wait_ms
      @log = log
      @settler = Settler.new(@parts)
      @slots = Thread::SizedQueue.new(concurrency)
      @reading = Cancellation.new
      @attempts = Cancellation.new
      @timer = Timer.new(clock)
      @lock = Mutex.new
      @running = []
    end

    # Begins to consume, from the start of the streams the first time.
    # @raise [Error] `config`
    def start
      return if @readers

      place = {service: @parts.service, namespace: @parts.namespace}
      sources = Consumer::StreamSource.all(@parts.router, **place)
      sources << Consumer::StreamSource.redrives(**place) if sources.any?
      @readers = sources.flat_map do |source|
        Array.new(source.partitions) { |partition| Thread.new { read(source, partition) } }
      end
      @log.info("consuming without a database: at least once, order #{@order}", streams: sources.map(&:stream),
        order: @order.to_s, concurrency: @concurrency)
    end

    # Stops reading, lets what runs finish, gives the rest back.
    # @param timeout_ms [Integer] what still runs then is interrupted and goes back to the broker. A handler that goes on for
    #   a second after that is left behind: its event is never acknowledged, and comes again.
    # @return [Boolean] whether no handler was left behind
    def drain(timeout_ms: 10_000)
      @reading.cancel(:drain)
      overrun = @timer.after(timeout_ms) { stop_waiting }
      ended = ended_by?(@parts.clock.monotonic_ms + timeout_ms + UNWIND_MS)
      @timer.cancel(overrun)
      [@timer, @watchdog].each(&:close)
      ended
    end

    # @return [Hash] `:running` handlers and `:buffered` deliveries that wait for a slot
    def status
      running = @slots.size
      {running:, buffered: [0, @lock.synchronize { @running.size } - running].max}
    end

    private

    def read(source, partition)
      failures = 0
      until @reading.canceled?
        begin
          @parts.transport.consume(**request_of(source, partition)) do |delivery|
            failures = 0
            take(source, delivery)
          end
        rescue Error => error
          @log.warn("consuming stopped; trying again", stream: source.stream, partition:, error: error.code.to_s) if
            failures.zero?
          @reading.wait(Backoff.delay_ms(RECONNECT, failures += 1, @parts.random.rand))
        end
      end
    end

    def ended_by?(deadline_ms)
      ended = ->(thread) { thread.join([0, deadline_ms - @parts.clock.monotonic_ms].max / 1000.0) }
      return true if @readers.to_a.map(&ended).all? && @lock.synchronize { @running.dup }.map(&ended).all?

      @log.error("handlers that cannot be interrupted are left behind; their events come again", events: @watchdog.under_way)
      false
    end

    def stop_waiting
      @attempts.cancel(:drain)
      @watchdog.interrupt_all(:drain)
    end

    def request_of(source, partition)
      in_flight = (@order == :strict) ? 1 : @concurrency
      {stream: source.stream, durable: Subject.durable_name(@parts.service, source.name, partition),
       filter: source.filter_of(partition), max_ack_pending: in_flight, ack_wait_ms: @ack_wait_ms, cancellation: @reading,
       room: -> { [in_flight, @concurrency - @lock.synchronize { @running.size }].min },
       warn: ->(warning) { @log.warn("the broker's consumer was changed", stream: source.stream, partition:, warning:) }}
    end

    # With strict order the next one comes when this one is settled; without, as many as there are slots.
    def take(source, delivery)
      return ignoring_failure { delivery.ack } unless source.place_of(delivery.message)&.handled

      alive = KeepAlive.new(delivery, @ack_wait_ms, @timer)
      return settle(delivery, alive) if @order == :strict

      @lock.synchronize do
        @running << Thread.new do
          settle(delivery, alive)
        ensure
          @lock.synchronize { @running.delete(Thread.current) }
        end
      end
    end

    def settle(delivery, alive)
      @slots << true
      ignoring_failure do
        if @reading.canceled? then delivery.retry(0)
        elsif !alive.stale? then @settler.settle(delivery, @attempts)
        end
      end
    ensure
      @slots.pop
      alive.end
    end

    # An answer that did not reach the broker only means another delivery.
    def ignoring_failure
      yield
    rescue Error => error
      @log.debug("the broker was not told; it delivers again", error: error.code.to_s)
    end
  end
end
