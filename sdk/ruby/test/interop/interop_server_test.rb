# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/counting"
require_relative "../support/databases"
require_relative "replica"
require "concord/nats"
require "concord/stream_specs"

# A service of which one replica is written in Ruby and one in TypeScript, on one database and one broker.
Databases.each_kind("Interop") do
  include Counting

  def setup
    super
    return if skipped?

    @namespace = "t#{SecureRandom.hex(6)}"
    @transport = Concord::Nats.connect(Servers.nats_url)
    contract = Concord::Contract.event(Counting::Proto::CountedEvent)
    @transport.provision(Concord::StreamSpecs.of("counter", handled: [contract], namespace: @namespace))
    @others = []
  rescue Servers::Unavailable => error
    skip error.message
  end

  def teardown
    @others&.each(&:close)
    super
    @transport&.close
  end

  attr_reader :transport

  def preparer(service = "counter", ids: Concord::Ids.new(clock: Concord::Clock.new))
    Concord::EventPreparer.new(service:, source: "/conformance/#{service}", namespace: @namespace, ids:)
  end

  # SQLite's file belongs to one process at a time: the other one ends before.
  def typescript
    replica = TypescriptReplica.new({databaseUrl: url.sub("sqlite://", "sqlite:"), schema: @schema, leaseMs: 600,
      natsUrl: Servers.nats_url, namespace: @namespace})
    @others << replica
    return replica unless block_given?

    database.db.disconnect unless postgres?
    yield(replica).tap { @others.delete(replica).close }
  end

  def publish_in_ruby(*events, ids: nil)
    given = ids&.dup
    outbox = Concord::Outbox.new(stores:, preparer: preparer(**(given ? {ids: Given.new(given)} : {})))
    time = given ? {time: Time.at(1_735_787_045)} : {}
    database.db.transaction do
      events.each { |key, n| outbox.publish(Counting::Proto::CountedEvent.new(key:, n:), **time) }
    end
  end

  Given = Struct.new(:ids) { def next = ids.shift } unless Object.const_defined?(:Given)

  def relay_in_ruby = Concord::Relay.new(store: stores.outbox, transport:).tap(&:run_until_idle)

  def rows = database.query("SELECT * FROM concord_outbox ORDER BY id").map { |row| row.except(:id, :created_at_ms) }

  # What the broker keeps, in the order of the stream.
  def stored
    last = transport.stream_state("#{@namespace}-evt-counted").last_sequence
    (1..last).map { |sequence| transport.get("#{@namespace}-evt-counted", sequence) }
  end

  def events(count = 40, keys = 7) = Array.new(count) { |n| ["k ä/#{n % keys}", n] }

  def in_order?(pairs)
    pairs.group_by(&:first).each_value.all? { |of_key| of_key.map(&:last) == of_key.map(&:last).sort }
  end

  def read(message)
    data = Counting::Proto::CountedEvent.decode(Concord::Envelope.decode(message.body).data)
    [data.key, data.n]
  end

  def replica(**options, &)
    share = postgres? ? {share: Concord::Lease::LeasedShare.new(store: stores.lease, owner: "ruby", ttl_ms: 600)} : {}
    super(**share, **options, inbox: {namespace: @namespace, **options.fetch(:inbox, {})}, types: [Counting::Proto::CountedEvent], &)
  end

  def all_effects = database.db[:effects].order(:id).select_map([:service, :key, :n])

  def test_both_languages_write_the_same_rows
    ids = Array.new(3) { |n| format("01920000-0000-7000-8000-%012d", n) }
    given = [["k ä/1", 1], ["_", 300], ["", 2]]
    publish_in_ruby(*given, ids:)
    ruby = rows
    database.query("DELETE FROM concord_outbox")
    reset = postgres? ? "SELECT setval('concord_outbox_id_seq', 1, false)" : "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'concord_outbox'"
    database.query(reset)
    typescript { |other| other.ask(:publish, events: given, ids:) }
    assert_equal 3, ruby.size
    assert_equal ruby, rows
  end

  def test_typescript_relays_rubys_outbox
    publish_in_ruby(*events)
    bodies = rows.to_h { |row| [row[:message_id], row[:body].b] }
    status = typescript { |other| other.ask(:relay) }
    assert_equal [40, 0], status.values_at("published", "quarantined")
    assert_equal bodies, stored.to_h { |message| [message.headers["nats-msg-id"], message.body] }
    assert in_order?(stored.map { |message| read(message) })
    assert_equal 0, stores.outbox.status[:waiting]
  end

  def test_ruby_relays_typescripts_outbox
    typescript { |other| other.ask(:publish, events: events) }
    bodies = rows.to_h { |row| [row[:message_id], row[:body].b] }
    relay_in_ruby
    assert_equal bodies, stored.to_h { |message| [message.headers["nats-msg-id"], message.body] }
    assert in_order?(stored.map { |message| read(message) })
    assert_equal 0, stores.outbox.status[:waiting]
  end

  def test_one_goes_on_where_the_other_stopped
    publish_in_ruby(*events(20))
    relay_in_ruby
    counting = replica
    eventually { effects.size == 20 }
    counting.consumer.drain
    publish_in_ruby(*events(20))
    relay_in_ruby
    typescript do |other|
      other.ask(:consume)
      eventually { other.ask(:status)["lag"].zero? && other.ask(:status)["streams"].any? { |stream| stream["partitions"].any? } }
      eventually { other.ask(:status).values_at("lag", "parked", "running") == [0, 0, 0] }
      sleep 0.3
      other.ask(:drain)
    end
    assert_equal [20, 20], all_effects.map(&:first).tally.values_at("counter", "typescript")
    publish_in_ruby(*events(10))
    relay_in_ruby
    replica
    eventually { all_effects.size == 50 }
    assert_equal 30, effects.size
    refute log.any?(:error, //)
  end

  def test_replicas_of_both_languages_share_the_partitions
    skip "a file belongs to one process" unless postgres?
    counting = replica
    other = typescript
    other.ask(:consume)
    mine = -> { counting.consumer.status[:streams].first[:partitions].size }
    eventually { [mine.call, other.ask(:status)["streams"].first["partitions"].size] == [4, 4] }
    publish_in_ruby(*events(80, 16))
    relay_in_ruby
    eventually { all_effects.size == 80 }
    assert_operator all_effects.map(&:first).tally.values.min, :>, 0
    other.ask(:drain)
    eventually { mine.call == 8 }
    publish_in_ruby(*events(40, 16).map { |key, n| [key, n + 80] })
    relay_in_ruby
    eventually { all_effects.size == 120 }
    assert in_order?(all_effects.map { |_, key, n| [key, n] })
    assert_equal 120, all_effects.map { |_, key, n| [key, n] }.uniq.size
  end

  def test_what_one_parked_the_other_runs
    publish_in_ruby(["a", 1], ["a", 2], ["b", 3])
    relay_in_ruby
    counting = replica { |event, _| raise Concord::RetryLaterError.new(delay_ms: 1_500) if event.data.n == 1 }
    eventually { database.first("SELECT count(*) AS count FROM concord_parked")[:count] == 2 && effects == [["b", 3]] }
    counting.consumer.drain
    typescript do |other|
      other.ask(:consume, retryLater: [2], delayMs: 1_500)
      eventually { other.ask(:status)["parked"] == 1 }
      other.ask(:drain)
    end
    assert_equal [["counter", "b", 3], ["typescript", "a", 1]], all_effects
    replica
    eventually { effects.size == 2 }
    assert_equal [["counter", "b", 3], ["typescript", "a", 1], ["counter", "a", 2]], all_effects
    assert_equal %w[done], inbox_states.uniq
  end
end
