# frozen_string_literal: true

require "json"
require "concord/migrations"
require "concord/nats"
require "concord/sql/open"
require_relative "consuming"
require_relative "publishing"

# Measures one round for each line that comes in: `bench/ruby.bench.ts` gives the servers and reads the numbers.
settings = JSON.parse(ARGV.fetch(0), symbolize_names: true)
nats_url, database_url, published, consumed = settings.values_at(:natsUrl, :databaseUrl, :published, :consumed)
$stdout.sync = true

database = Concord::Sql.open(database_url)
Concord::Migrations.new(database).run
stores = Concord::Stores.new(database)
transport = Concord::Nats.connect(nats_url)
publishing = Publishing.new(stores, transport, nats_url)
%w[pub con].each { |namespace| Events.provision(transport, namespace) }
consuming = Consuming.new(stores, transport, nats_url, "con")
consuming.create_tables
publishing.transport(Events.prepare(consumed, "con").map(&:to_message))

while (round = $stdin.gets)
  name = "reader-#{round.strip}"
  messages = -> { Events.prepare(published, "pub").map(&:to_message) }
  bare = publishing.bare(messages.call)
  through_transport = publishing.transport(messages.call)
  relay = publishing.relay(Events.prepare(published, "pub"))
  by_hand = consuming.by_hand("#{name}-hand", consumed)
  with_inbox = consuming.with_inbox(name, consumed)
  puts JSON.generate({bare:, transport: through_transport, relay:, byHand: by_hand, withInbox: with_inbox})
end
transport.close
