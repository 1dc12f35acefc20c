# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/databases"
require_relative "../support/memory_transport"
require "concord/outbox"
require "concord/relay"
require "concord/lease/leased_share"

Databases.each_kind("Relay") do
  def transport = @transport ||= MemoryTransport.new

  def relay(on: stores, **options)
    Concord::Relay.new(store: on.outbox, transport:, retry_policy: Concord::Relay::PausePolicy.new(5, 20), poll_ms: 5..20,
      **options)
  end

  def outbox(**options)
    preparer = Concord::EventPreparer.new(service: "orders", source: "/shop/orders",
      ids: Concord::Ids.new(clock: Concord::Clock.new))
    Concord::Outbox.new(stores:, preparer:, **options)
  end

  def publish(*order_ids)
    database.db.transaction do
      order_ids.each { |order_id| outbox.publish(Shop::Orders::V1::OrderCreated.new(order_id:)) }
    end
  end

  def stored = transport.stored["evt-orders"].map { |message| Concord::Envelope.decode(message.body) }

  def idle?(status = stores.outbox.status) = (status[:waiting] + status[:quarantined]).zero?

  def test_committed_events_arrive_per_key_in_commit_order
    Array.new(50) { |n| "o#{n % 5}" }.each_slice(7) { |slice| publish(*slice) }
    relay.run_until_idle
    assert idle?
    assert_equal 50, stored.size
    stored.group_by(&:key).each_value { |events| assert_equal events.map(&:sequence).sort, events.map(&:sequence) }
  end

  def test_publishing_outside_a_transaction_is_refused
    assert_code(:outside_transaction) { outbox.publish(Shop::Orders::V1::OrderCreated.new(order_id: "o")) }
  end

  def test_a_rollback_takes_the_event_along
    database.db.transaction(rollback: :always) { outbox.publish(Shop::Orders::V1::OrderCreated.new(order_id: "o")) }
    relay.run_until_idle
    assert_empty stored
  end

  def test_a_lost_answer_repeats_the_row_and_holds_back_its_key
    publish("k", "k", "l")
    lost = 0
    transport.fault { |message| :lost_ack if message.subject.include?(".k.") && (lost += 1) == 1 }
    relay.run_until_idle
    assert_equal [["k", 2], ["l", 1]], stored.map(&:key).tally.sort
    assert_equal stored.select { |event| event.key == "k" }.map(&:sequence).sort,
      stored.select { |event| event.key == "k" }.map(&:sequence)
    assert idle?
  end

  def test_a_failure_stops_its_key_and_no_other
    publish("k", "k", "l")
    failures = 0
    # "l" may be another partition's, which a busy machine comes to late.
    transport.fault do |message|
      next unless message.subject.include?(".k.")
      failures += 1
      Concord::Error.new(:internal, "no") if failures < 4 || (stored.empty? && failures < 12)
    end
    relay.run_until_idle
    assert_equal %w[l k k], stored.map(&:key)
  end

  def test_a_row_that_can_never_be_sent_is_put_aside_and_released_in_order
    publish("k", "k", "l")
    transport.fault { |message| Concord::Error.new(:too_large, "much") if message.subject.include?(".k.") }
    sending = relay
    sending.run_until_idle
    assert_equal %w[l], stored.map(&:key)
    assert_equal 1, sending.status[:quarantined]
    assert_match(/too_large/, stores.outbox.list_quarantined(1).first[:cause])
    transport.heal
    stores.outbox.release(stores.outbox.list_quarantined(1).first[:id])
    relay.run_until_idle
    assert_equal [1, 2], stored.select { |event| event.key == "k" }.map(&:sequence)
  end

  def test_an_unnamed_failure_counts_until_the_row_is_put_aside
    publish("k")
    transport.fault { RuntimeError && Concord::Error.new(:internal, "odd") }
    sending = relay(max_attempts: 3)
    sending.run_until_idle
    assert_equal [3, 1], sending.status.values_at(:failed, :quarantined)
  end

  def test_a_broker_that_is_away_costs_nothing_but_time
    publish("k", "l")
    away = 0
    transport.fault { Concord::Error.new(:unavailable, "away") if (away += 1) < 6 }
    relay.run_until_idle
    assert_equal %w[k l], stored.map(&:key).sort
    assert idle?
  end

  def test_a_full_stream_holds_back_its_own_rows
    publish("k")
    full = true
    transport.fault { Concord::Error.new(:resource_exhausted, "full") if full }
    running do |sending|
      eventually { sending.status[:troubled_streams] == ["evt-orders"] }
      full = false
      eventually { idle? }
      assert_equal 0, sending.status[:quarantined]
    end
  end

  def test_a_commit_seen_here_wakes_the_relay
    sending = relay(poll_ms: 60_000..60_000)
    running(sending) do
      eventually { sending.status[:partitions] == 16 }
      sleep 0.05
      database.db.transaction { outbox(wake: sending.method(:wake)).publish(Shop::Orders::V1::OrderCreated.new(order_id: "o")) }
      eventually(2) { stored.one? }
    end
  end

  def test_a_commit_not_seen_here_is_found
    running do
      publish("k")
      eventually { idle? }
      assert_equal %w[k], stored.map(&:key)
    end
  end

  def test_two_relays_share_the_partitions_and_keep_the_order
    other = Concord::Stores.new(open_database)
    share = ->(on, owner) { Concord::Lease::LeasedShare.new(store: on.lease, owner:, ttl_ms: 300) }
    running(relay(share: share[stores, "a"])) do |one|
      running(relay(on: other, share: share[other, "b"])) do |two|
        eventually { [one, two].map { |sending| sending.status[:partitions] } == [8, 8] }
        publish(*Array.new(60) { |n| "o#{n % 12}" })
        eventually { idle? }
        assert_operator [one, two].map { |sending| sending.status[:published] }.min, :>, 0
      end
      eventually { one.status[:partitions] == 16 }
    end
    assert_equal 60, stored.size
    stored.group_by(&:key).each_value { |events| assert_equal events.map(&:sequence).sort, events.map(&:sequence) }
  end

  def running(sending = relay)
    stop = Concord::Cancellation.new
    thread = Thread.new { sending.run(stop) }
    yield sending
  ensure
    stop.cancel
    thread.join(10) || flunk("the relay did not end")
  end
end
