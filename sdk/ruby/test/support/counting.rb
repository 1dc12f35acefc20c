# frozen_string_literal: true

require "concord/conformance/v1/fixture_counted_pb"
require "concord/consumer/log_consumer"
require "concord/consumer/router"
require "concord/lease/leased_share"
require "concord/outbox"
require "concord/relay"
require_relative "memory_transport"

# A service that writes what it handled beside its inbox, and what it takes to make one fail. Used within {Databases}.
module Counting
  Proto = Concord::Proto::Conformance::V1

  # Keeps lines for tests.
  class Lines
    attr_reader :lines

    def initialize = @lines = Queue.new

    %i[debug info warn error].each do |level|
      define_method(level) { |message, **fields| @lines << [level, message, fields] }
    end

    def child(**) = self

    def any?(level, pattern) = Array.new(@lines.size) { @lines.pop.tap { |line| @lines << line } }
      .any? { |one, message, _| one == level && message.match?(pattern) }
  end

  # One replica of a service.
  Replica = Struct.new(:database, :stores, :outbox, :inbox, :consumer, :relay, :runs, keyword_init: true)

  def setup
    super
    @stops = []
    @replicas = []
    return if skipped?

    database.run("CREATE TABLE effects (id #{postgres? ? "bigserial" : "INTEGER"} PRIMARY KEY, service text, source text, " \
      "event_id text, key text, n integer)")
  end

  def teardown
    @replicas.each { |replica| replica.consumer.drain(timeout_ms: 1_000) }
    @stops.each { |stop, thread| stop.cancel && thread.join }
    super
  end

  def transport = @transport ||= MemoryTransport.new

  def log = @log ||= Lines.new

  def preparer(service = "counter")
    Concord::EventPreparer.new(service:, source: "/conformance/#{service}", ids: Concord::Ids.new(clock: Concord::Clock.new))
  end

  # @yield what a handler does beside counting, with the event, the transaction and the runs of that event so far
  def replica(service: "counter", on: database, types: [Proto::CountedEvent, Proto::OperatedEvent], inbox: {}, start: true,
    probe: Concord::Probe::NONE, **options, &extra)
    stores = Concord::Stores.new(on)
    runs = Queue.new
    router = router_of(service, types, runs, extra)
    outbox = Concord::Outbox.new(stores:, preparer: preparer, probe:)
    quick = Concord::Contract::RetryPolicy.new(initial_ms: 5, max_ms: 20, max_attempts: 4, handler_timeout_ms: 2_000)
    inbox = Concord::Inbox.new(service:, stores:, outbox:, router:, retry_policy: ->(_) { quick }, log:, probe:, **inbox)
    consumer = Concord::Consumer::LogConsumer.new(inbox:, transport:, log:, probe:, **options)
    consumer.start if start
    Replica.new(database: on, stores:, outbox:, inbox:, consumer:, runs:).tap { |one| @replicas << one }
  end

  def router_of(service, types, runs, extra)
    types.each_with_object(Concord::Consumer::Router.new) do |type, router|
      router.on(type) do |event, tx|
        runs << [event.key, event.data.n, event.attempt]
        tx.db[:effects].insert(service:, source: event.source, event_id: event.id, key: event.key, n: event.data.n)
        extra&.call(event, tx)
      end
    end
  end

  # Stores events in the stream, as their producer's relay would.
  def publish(*events, type: Proto::CountedEvent, **fields)
    events.map do |key, n|
      prepared = preparer.prepare(type.new(key:, n:, **fields))
      transport.store(prepared.to_message)
      prepared
    end
  end

  # Hands every stored event over once more, as `concord replay` does.
  # @param again [Integer, nil] number of a replay that repeats effects
  def replay(id, again: nil)
    transport.stored["evt-counted"].each do |event|
      place = {"concord-consumer" => "counter", "concord-stream" => event.stream, "concord-sequence" => event.sequence.to_s}
      repeating = again ? {"concord-redrive" => again.to_s, "concord-again" => "true"} : {}
      transport.store(Concord::OutgoingMessage.new(stream: "rdr-counter", subject: "rdr.counter.#{event.subject}",
        message_id: "#{id} #{event.sequence}", headers: {**event.headers, **place, **repeating}, body: event.body))
    end
  end

  # Whether so many redrives and replays were settled.
  def redrives_read(count)
    stores.cursor.list("counter").any? { |ref, at| ref.stream == "rdr-counter" && at.sequence == count }
  end

  def waiting = database.first("SELECT count(*) AS count FROM concord_parked")[:count]

  def effects(service = "counter") = database.db[:effects].where(service:).order(:id).select_map([:key, :n])

  def effects_of(key) = effects.filter_map { |of, n| n if of == key }

  def inbox_states = database.db[:concord_inbox].select_order_map(:state)

  def start_relay(on: stores)
    stop = Concord::Cancellation.new
    relay = Concord::Relay.new(store: on.outbox, transport:, poll_ms: 5..20)
    @stops << [stop, Thread.new { relay.run(stop) }]
  end

  def dead_letters(service = "counter")
    transport.stored["dlq-#{service}"].map { |message| Concord::DeadLetter.new(message) }
  end

  def runs_of(replica) = Array.new(replica.runs.size) { replica.runs.pop.tap { |run| replica.runs << run } }
end
