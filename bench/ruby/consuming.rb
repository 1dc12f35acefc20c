# frozen_string_literal: true

require "concord/consumer/log_consumer"
require "concord/consumer/router"
require "concord/lease/leased_share"
require "nats"
require_relative "events"

# The ways in which the same events come to the same effect, exactly once. Each gives events a second.
class Consuming
  CONCURRENCY = 16
  BATCH = 256
  CLAIM = "INSERT INTO handled (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"

  def initialize(stores, transport, nats_url, namespace)
    @stores = stores
    @database = stores.database
    @db = @database.db
    @transport = transport
    @nats_url = nats_url
    @namespace = namespace
  end

  def create_tables
    @database.run("CREATE TABLE account (name text PRIMARY KEY, balance integer NOT NULL)")
    @database.run("INSERT INTO account SELECT 'account-' || n, 0 FROM generate_series(0, #{Events::ACCOUNTS - 1}) n")
    @database.run("CREATE TABLE handled (consumer text, event_id uuid, PRIMARY KEY (consumer, event_id))")
  end

  # What one writes by hand: a durable consumer, so many transactions at once, the acknowledgement after each.
  def by_hand(name, count)
    client = NATS.connect(@nats_url)
    messages = Thread::SizedQueue.new(2 * BATCH)
    done = Thread::Queue.new
    subscription = subscribe(client, name)
    working = Array.new(CONCURRENCY) { Thread.new { work_by_hand(name, messages, done) } }
    timed(count) do
      fetching = Thread.new { fetch(subscription, messages, count) }
      count.times { done.pop }
      fetching.join
    end
  ensure
    CONCURRENCY.times { messages << nil }
    working&.each(&:join)
    client&.close
  end

  # The SDK's consumer with leases, positions and inbox.
  def with_inbox(name, count)
    done = Thread::Queue.new
    router = Concord::Consumer::Router.new.on(Events::Counted) do |event, tx|
      credit(tx.db, event.data)
      done << true
    end
    outbox = Concord::Outbox.new(stores: @stores, preparer: Events.preparer(@namespace))
    inbox = Concord::Inbox.new(service: name, namespace: @namespace, stores: @stores, outbox:, router:)
    share = Concord::Lease::LeasedShare.new(store: @stores.lease, owner: name)
    consumer = Concord::Consumer::LogConsumer.new(inbox:, transport: @transport, share:, concurrency: CONCURRENCY)
    timed(count) do
      consumer.start
      count.times { done.pop }
    end
  ensure
    consumer&.drain
  end

  private

  def subscribe(client, name)
    stream = "#{@namespace}-evt-counted"
    client.jetstream.add_consumer(stream, durable_name: name, ack_policy: "explicit", max_ack_pending: 4 * BATCH)
    client.jetstream.pull_subscribe("#{@namespace}.evt.counted.>", name, stream:)
  end

  def work_by_hand(name, messages, done)
    while (message = messages.pop)
      envelope = Concord::Proto::Event::V1::Envelope.decode(message.data)
      data = Events::Counted.decode(envelope.data)
      @db.transaction do
        claimed = @db.synchronize { |connection| claim(connection, name, envelope.id) }
        credit(@db, data) if claimed
      end
      message.ack
      done << true
    end
  end

  # The claim is a prepared statement, as in the SDK; the effect is business, the same on both sides.
  def claim(connection, name, id)
    statements = connection.prepared_statements
    statements["by_hand"] ||= connection.prepare("by_hand", CLAIM) && "by_hand"
    connection.exec_prepared("by_hand", [name, id]).cmd_tuples == 1
  end

  def credit(db, data)
    db[:account].where(name: data.key).update(balance: Sequel[:balance] + data.n)
  end

  def fetch(subscription, messages, count)
    while count.positive?
      batch = subscription.fetch([BATCH, count].min, timeout: 5)
      batch.each { |message| messages << message }
      count -= batch.size
    end
  end

  def timed(count)
    GC.start
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    count / (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start)
  end
end
