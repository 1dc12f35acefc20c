# frozen_string_literal: true

require "test_helper"
require "sequel"
require "support/service_process"

# The service that the README shows, with SQLite.
class ServiceServerTest < Minitest::Test
  include ServiceProcess

  Inventory = Shop::Inventory::V1
  README = File.read(File.expand_path("../README.md", __dir__), encoding: "UTF-8")

  def setup
    super
    # The README's service, word for word.
    service, migration = README.scan(/^```(?:ruby|sql)\n(.*?)^```/m).flatten
    File.write(program, service)
    FileUtils.mkdir(File.join(@folder, "migrations"))
    File.write(File.join(@folder, "migrations", "0001_stock.sql"), migration)
  end

  def test_the_readmes_service_has_30_lines
    assert_operator File.readlines(File.join(@folder, "inventory.rb")).size, :<=, 30
  end

  def test_handles_an_event_once_and_answers_with_another_in_the_same_trace
    start
    traceparent = "00-#{"a" * 32}-#{"b" * 16}-01"
    Concord::TraceContext.with(Concord::TraceContext.parse(traceparent)) { order("o-1", 2) }
    order("o-2", 100)
    answers = published(2)
    assert_equal [Inventory::StockReserved, Inventory::StockRejected].map { |type| type.descriptor.name },
      answers.map(&:type)
    assert_equal "a" * 32, Concord::TraceContext.parse(answers.first.traceparent).trace_id
    assert_equal 8, call("GetStock", productId: "kb-1").fetch("quantity")
    assert_equal 0, stop("TERM")
    assert_includes log_lines.map { |line| line["msg"] }, "stopped"
    handled = log_lines.find { |line| line["msg"] == "event handled" }
    assert_equal ["inventory", "shop.orders.v1.OrderCreated", "a" * 32, "done"],
      handled.values_at("service", "type", "traceId", "outcome")
  end

  def test_what_a_handler_logs_tells_its_event
    start
    send_event(Orders::OrderCancelled.new(order_id: "o-1"))
    wait_until { log_lines.any? { |line| line["msg"] == "event handled" } }
    line = log_lines.find { |each| each["msg"] == "cancelled" }
    assert_equal ["inventory", "shop.orders.v1.OrderCancelled", "o-1", 1], line.values_at("service", "type", "key", "sequence")
  end

  def test_goes_on_where_it_stopped
    start
    order("o-1", 2)
    published(1)
    assert_equal 0, stop("TERM")
    order("o-2", 3)
    start
    assert_equal 2, published(2).size
    assert_equal 5, call("GetStock", productId: "kb-1").fetch("quantity")
  end

  def test_answers_calls_by_connect
    start
    assert_equal({"code" => "not_found", "message" => "no product nothing"}, call("GetStock", productId: "nothing"))
    assert_equal 7, call("PutProduct", productId: "x", quantity: 7).fetch("quantity")
    assert_equal "200", get("/health").code
    assert_equal 415, post("/shop.inventory.v1.InventoryService/GetStock", "{}", "text/plain").code.to_i
    assert_equal "invalid_argument", JSON.parse(post("/shop.inventory.v1.InventoryService/GetStock", "{").body)["code"]
    assert_equal "404", get("/nothing").code
  end

  # A service that never ends what it began, by the order or product "stuck" not even when it is interrupted.
  HANGING = <<~RUBY
    require "concord"
    require "shop/inventory/v1/inventory_pb"
    require "shop/orders/v1/orders_pb"

    def hang(name, log)
      log.info("hanging")
      (name == "stuck") ? Thread.handle_interrupt(Object => :never) { sleep } : sleep
    end

    class Hanging
      def get_stock(request, call) = hang(request.product_id, call.log)
    end

    service = Concord::Service.new("inventory")
    service.on(Shop::Orders::V1::OrderCreated) { |event| hang(event.data.order_id, event.log) }
    [Shop::Orders::V1::OrderCancelled, Shop::Orders::V1::OrderShipped].each { |type| service.on(type) { |_| } }
    service.rpc("shop.inventory.v1.InventoryService", Hanging.new).run
  RUBY

  def test_a_stop_interrupts_calls_and_handlers_when_their_time_is_up
    call = start_hanging("o-1")
    assert_operator seconds { assert_equal 0, stop("TERM") }, :<, 5
    assert_equal({"code" => "unavailable", "message" => "the service stops; try again"}, call.value)
    assert_empty log_lines.select { |line| line["level"] == "error" }
  end

  def test_a_stop_leaves_behind_what_cannot_be_interrupted
    start_hanging("stuck")
    assert_operator seconds { assert_equal 1, stop("TERM") }, :<, 10
    left = log_lines.find { |line| line["level"] == "error" }
    assert_match(/left behind/, left["msg"])
    assert_match(/\Ashop.orders.v1.OrderCreated \h{8}-/, left["events"].first)
  end

  def test_with_the_argument_migrate_it_only_brings_its_database_up_to_date
    start("migrate", wait: false)
    assert_equal 0, @process.value.exitstatus
    assert_equal ["database migrated", "database is up to date"], log_lines.map { |line| line["msg"] }
    assert_includes log_lines.first["migrations"], "0001_stock.sql"
    start("migrate", wait: false)
    assert_equal 0, @process.value.exitstatus
    assert_equal ["database is up to date"], log_lines.drop(2).map { |line| line["msg"] }
    Sequel.sqlite(File.join(@folder, "inventory.db")) { |db| assert_equal 10, db[:product].first(id: "kb-1")[:quantity] }
  end

  def test_a_service_without_a_database_has_nothing_to_migrate
    File.write(program, 'require "concord"; Concord::Service.new("mailer", stateless: true).run')
    start("migrate", wait: false)
    assert_equal [2, "mailer: service mailer has no database to migrate (config)\n"],
      [@process.value.exitstatus, File.read(File.join(@folder, "errors"))]
  end

  def test_names_every_wrong_variable_and_exits_with_2
    start("CONCORD_PROT" => "1", "CONCORD_CONCURRENCY" => "many", :wait => false)
    assert_equal 2, @process.value.exitstatus
    assert_match(/\Ainventory: CONCORD_PROT: no such variable.*\ninventory: CONCORD_CONCURRENCY: is no whole number/,
      File.read(File.join(@folder, "errors")))
  end

  private

  # @return [Thread] a call that hangs, beside an event that does
  def start_hanging(name)
    File.write(program, HANGING)
    start("CONCORD_DRAIN_TIMEOUT_MS" => "200")
    order(name, 1)
    call = Thread.new { call("GetStock", productId: name) }
    call.report_on_exception = false
    wait_until { log_lines.count { |line| line["msg"] == "hanging" } == 2 }
    call
  end

  def seconds
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  end
end
