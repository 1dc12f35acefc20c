# frozen_string_literal: true

require "test_helper"
require "concord/nats"
require "concord/stream_specs"
require "json"
require "net/http"
require "open3"
require "tmpdir"

# A service as a process on a real nats-server, with SQLite.
class ServiceServerTest < Minitest::Test
  Inventory = Shop::Inventory::V1
  Orders = Shop::Orders::V1
  README = File.read(File.expand_path("../README.md", __dir__))
  LIBRARIES = [File.expand_path("../lib", __dir__), File.expand_path("../../../gen/ruby", __dir__)].freeze

  def setup
    @url = ENV["CONCORD_TEST_NATS_URL"] or skip "CONCORD_TEST_NATS_URL names no server"
    @folder = Dir.mktmpdir("concord-service-")
    @namespace = "s#{SecureRandom.hex(6)}"
    @transport = Concord::Nats.connect(@url)
    # The README's service, word for word.
    program, migration = README.scan(/^```(?:ruby|sql)\n(.*?)^```/m).flatten
    File.write(File.join(@folder, "inventory.rb"), program)
    FileUtils.mkdir(File.join(@folder, "migrations"))
    File.write(File.join(@folder, "migrations", "0001_stock.sql"), migration)
  end

  def teardown
    stop("KILL") if @process&.alive?
    @transport&.close
    FileUtils.rm_rf(@folder) if @folder
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

  def test_names_every_wrong_variable_and_exits_with_2
    start("CONCORD_PROT" => "1", "CONCORD_CONCURRENCY" => "many", :wait => false)
    assert_equal 2, @process.value.exitstatus
    assert_match(/\Ainventory: CONCORD_PROT: no such variable.*\ninventory: CONCORD_CONCURRENCY: is no whole number/,
      File.read(File.join(@folder, "errors")))
  end

  private

  def start(wait: true, **variables)
    env = {"CONCORD_TRANSPORT" => @url, "CONCORD_NAMESPACE" => @namespace, "CONCORD_PORT" => "0",
           "CONCORD_DATA_DIR" => @folder, **variables.transform_keys(&:to_s)}
    @log = File.join(@folder, "log")
    pid = spawn(env, RbConfig.ruby, "-I#{LIBRARIES.join(":")}", "inventory.rb", chdir: @folder, out: [@log, "a"],
      err: [File.join(@folder, "errors"), "a"])
    @process = Process.detach(pid)
    return unless wait

    @starts = (@starts || 0) + 1
    wait_until { log_lines.count { |line| line["msg"] == "consuming" } == @starts }
  end

  def stop(signal)
    Process.kill(signal, @process.pid)
    @process.value.exitstatus
  end

  def log_lines = File.readlines(@log).filter_map { |line| JSON.parse(line) if line.end_with?("\n") }

  def address = URI(log_lines.reverse.find { |line| line["url"] }["url"])

  def get(path) = Net::HTTP.get_response(URI.join(address, path))

  def post(path, body, type = "application/json") = Net::HTTP.post(URI.join(address, path), body, "content-type" => type)

  def call(method, **request)
    JSON.parse(post("/shop.inventory.v1.InventoryService/#{method}", JSON.generate(request)).body)
  end

  def order(order_id, quantity)
    @orders ||= Concord::EventPreparer.new(service: "orders", source: "/shop/orders", namespace: @namespace,
      ids: Concord::Ids.new(clock: Concord::Clock.new))
    lines = [Orders::OrderLine.new(product_id: "kb-1", quantity:)]
    @transport.publish(@orders.prepare(Orders::OrderCreated.new(order_id:, lines:)).to_message)
  end

  # What the service has published, in the order of the stream.
  def published(count)
    stream = "#{@namespace}-evt-inventory"
    wait_until { @transport.stream_state(stream)&.messages == count }
    (1..count).map { |sequence| Concord::Envelope.decode(@transport.get(stream, sequence).body) }
  end

  def wait_until
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 15
    until yield
      flunk "it did not happen: #{File.read(File.join(@folder, "errors"))}" if
        Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      sleep 0.02
    end
  end
end
