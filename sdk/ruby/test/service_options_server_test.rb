# frozen_string_literal: true

require "test_helper"
require "concord/dead_letters"
require "sequel"
require "support/service_process"

# What a service may be made with, each on a real nats-server.
class ServiceOptionsServerTest < Minitest::Test
  include ServiceProcess

  Inventory = Shop::Inventory::V1
  CONTRACT = "shop.inventory.v1.InventoryService"

  def teardown
    @running&.close
    super
  end

  def test_works_with_the_services_own_client_and_leaves_it_open
    db = Sequel.sqlite(File.join(@folder, "own.db"), max_connections: 30)
    db.create_table(:seen) { String :order_id }
    seen = Thread::Queue.new
    start_service(Concord::Service.new("inventory", contract: CONTRACT, database: db)) do |event, tx|
      tx.db[:seen].insert(order_id: event.data.order_id)
      seen << tx.db
    end
    order("o-1", 1)
    assert_same db, seen.pop
    @running.close
    assert_equal ["o-1"], db[:seen].select_map(:order_id)
    db.transaction { Concord::Outbox.new(stores: stores_of(db), preparer: preparer).publish(reserved("o-2")) }
    assert_equal 1, db[:concord_outbox].count
  ensure
    db&.disconnect
  end

  def test_without_a_database_a_publication_is_stored_at_the_broker_before_it_returns
    seen = Thread::Queue.new
    start_service(Concord::Service.new("inventory", contract: CONTRACT, stateless: true)) do |event, tx|
      tx.publish(reserved(event.data.order_id))
      seen << [tx.db, @transport.stream_state("#{@namespace}-evt-inventory").messages]
    end
    order("o-1", 1)
    assert_equal [nil, 1], seen.pop
    assert_equal "o-1", published(1).first.key
    assert @running.health[:ready]
  end

  def test_a_checker_of_its_own_refuses_what_comes_in_and_what_goes_out
    refused = Thread::Queue.new
    checker = lambda do |message|
      faulty = message.is_a?(Orders::OrderCreated) ? message.lines.empty? : message.order_id.start_with?("bad")
      faulty ? [{field: "order_id", rule: "test", message: "is wrong"}] : []
    end
    start_service(Concord::Service.new("inventory", contract: CONTRACT, validate: checker)) do |event, tx|
      tx.publish(reserved(event.data.order_id))
    rescue Concord::Error => error
      refused << [error.code, error.details[:violations].first[:field]]
    end
    order("bad-1", 1)
    assert_equal [:invalid_data, "order_id"], refused.pop
    send_event(Orders::OrderCreated.new(order_id: "o-2"))
    letters = Concord::DeadLetters.new(@transport, "inventory", namespace: @namespace)
    wait_until { letters.any? }
    assert_equal ["invalid", :invalid_data, 0], letters.first[0].then { |letter| [letter.reason, letter.error, letter.attempts] }
  end

  def test_there_is_no_embedded_transport
    error = assert_code(:config) { Concord::Service::Config.read("inventory", "CONCORD_TRANSPORT" => "embedded:x.db") }
    assert_match(/CONCORD_TRANSPORT: .*Ruby has no embedded one/, error.message)
  end

  private

  def configuration
    Concord::Service::Config.new("inventory", transport: @url, namespace: @namespace, port: 0, data_folder: @folder,
      database_url: "sqlite:#{@folder}/service.db", log_level: "silent")
  end

  # Starts a service that handles orders by the block.
  def start_service(service, &handler)
    service.on(Orders::OrderCreated, &handler)
    @running = service.start(configuration)
    wait_until { @running.health[:ready] }
  end

  def reserved(order_id) = Inventory::StockReserved.new(order_id:)

  def preparer
    Concord::EventPreparer.new(service: "inventory", source: "/shop/inventory", namespace: @namespace,
      ids: Concord::Ids.new(clock: Concord::Clock.new))
  end

  def stores_of(db) = Concord::Stores.new(Concord::Sql::Database.new(db))
end
