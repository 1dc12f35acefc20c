# frozen_string_literal: true

# One life of a service: it publishes, relays, consumes and redrives until all is quiet, then drains. Told a point, it dies
# there by SIGKILL, which runs nothing of Ruby's any more.

require "json"
require "sequel"
require "concord"
require "concord/conformance/v1/fixture_counted_pb"
require "concord/consumer/log_consumer"
require "concord/consumer/router"
require "concord/dead_letters"
require "concord/lease/leased_share"
require "concord/nats"
require "concord/outbox"
require "concord/relay"
require "concord/store"

SETTINGS = JSON.parse(ARGV.fetch(0), symbolize_names: true)
COUNTED = Concord::Proto::Conformance::V1::CountedEvent
LEASE_MS = 400
PATIENCE_S = 15

# Dies at the first reaching of a point.
class Killer < Concord::Probe
  def initialize(point)
    super()
    @point = point
  end

  def reach(point)
    Process.kill(:KILL, Process.pid) && sleep if point == @point
  end
end

PROBE = Killer.new(SETTINGS[:point])
options = SETTINGS[:schema] ? {driver_options: {options: "-c search_path=#{SETTINGS[:schema]}"}} : {}
DB = Sequel.connect(SETTINGS[:url], max_connections: 12, **options)
STORES = Concord::Stores.new(Concord::Sql::Database.new(DB))
TRANSPORT = Concord::Nats.connect(SETTINGS[:nats_url])
NAMESPACE = SETTINGS[:namespace]
SHARE = Concord::Lease::LeasedShare.new(store: STORES.lease, owner: Process.pid.to_s, ttl_ms: LEASE_MS, probe: PROBE)

# What the events ask for by their numbers: 3 fails once, 4 waits long, 5 is terminal until it is redriven.
def handle(event, tx)
  n = event.data.n
  raise "once more" if n % 7 == 3 && event.attempt == 1
  raise Concord::RetryLaterError.new(delay_ms: 150) if n % 7 == 4 && young?(event)
  raise Concord::TerminalError, "not before a redrive" if n % 7 == 5 && event.redrives.zero?

  tx.db[:effects].insert(event_id: event.id, key: event.key, n:)
end

def young?(event) = Concord::Clock.new.now_ms - event.message.stored_at_ms < 120

def publish(outbox)
  SETTINGS[:numbers].each do |n|
    DB.transaction do
      %w[a b c].each do |key|
        DB[:commits].insert(event_id: outbox.publish(COUNTED.new(key:, n:)), key:, n:)
      end
    end
  end
end

# A row that no broker takes, so that the relay puts it aside.
def poison
  entry = Concord::Outbox::Entry.new(partition: 0, stream: "x", subject: "no.*", message_id: "poison", headers: {},
    type: "", event_id: "", head: "x".b)
  STORES.database.transaction { STORES.outbox.insert([entry]) }
end

def quiet?(consumer)
  status = consumer.status
  STORES.outbox.status[:waiting].zero? && status[:lag].zero? && status[:parked].zero? &&
    status[:streams].sum { |stream| stream[:partitions].size } == 9
end

preparer = Concord::EventPreparer.new(service: "counter", source: "/conformance/counter", namespace: NAMESPACE,
  ids: Concord::Ids.new(clock: Concord::Clock.new))
stop = Concord::Cancellation.new
relay = Concord::Relay.new(store: STORES.outbox, transport: TRANSPORT, share: SHARE, max_attempts: 1, probe: PROBE)
relaying = Thread.new { relay.run(stop) }
outbox = Concord::Outbox.new(stores: STORES, preparer:, wake: relay.method(:wake), probe: PROBE)
router = Concord::Consumer::Router.new.on(COUNTED) { |event, tx| handle(event, tx) }
inbox = Concord::Inbox.new(service: "counter", namespace: NAMESPACE, stores: STORES, outbox:, router:, park_above_ms: 100,
  probe: PROBE)
consumer = Concord::Consumer::LogConsumer.new(inbox:, transport: TRANSPORT, share: SHARE, concurrency: 6, probe: PROBE)
consumer.start
poison if SETTINGS[:point] == "relay.quarantine"
publish(outbox)
letters = Concord::DeadLetters.new(TRANSPORT, "counter", namespace: NAMESPACE)
deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + PATIENCE_S
settled = 0
until settled == 3
  abort "it did not come to rest: #{consumer.status} #{STORES.outbox.status}" if
    Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

  settled = (quiet?(consumer) && letters.redrive.zero?) ? settled + 1 : 0
  sleep 0.03
end
consumer.drain
stop.cancel
relaying.join
