# frozen_string_literal: true

require "concord/nats"
require "json"
require "net/http"
require "securerandom"
require "tmpdir"

# Runs a service as a process on a real nats-server, in a namespace and a folder of its own.
module ServiceProcess
  Orders = Shop::Orders::V1
  LIBRARIES = [File.expand_path("../../lib", __dir__), File.expand_path("../../../../gen/ruby", __dir__)].freeze

  def setup
    super
    @url = server_url or skip "CONCORD_TEST_NATS_URL names no server"
    @folder = Dir.mktmpdir("concord-service-")
    @namespace = namespace
    @transport = Concord::Nats.connect(@url)
  end

  def teardown
    stop("KILL") if @process&.alive?
    @transport&.close
    FileUtils.rm_rf(@folder) if @folder
    super
  end

  # @return [String, nil] the broker, as the test sees it
  def server_url = ENV["CONCORD_TEST_NATS_URL"]

  # @return [String, nil] one of its own for each test
  def namespace = "s#{SecureRandom.hex(6)}"

  # @return [String] path of the service's program
  def program = File.join(@folder, "inventory.rb")

  def start(*arguments, wait: true, **variables)
    env = {"CONCORD_TRANSPORT" => @url, "CONCORD_NAMESPACE" => @namespace, "CONCORD_PORT" => "0",
           "CONCORD_DATA_DIR" => @folder, **variables.transform_keys(&:to_s)}
    @log = File.join(@folder, "log")
    pid = spawn(env, RbConfig.ruby, "-I#{LIBRARIES.join(":")}", program, *arguments, chdir: @folder, out: [@log, "a"],
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

  def log_lines = File.readlines(@log, encoding: "UTF-8").filter_map { |line| JSON.parse(line) if line.end_with?("\n") }

  def address = URI(log_lines.reverse.find { |line| line["url"] }["url"])

  def get(path) = Net::HTTP.get_response(URI.join(address, path))

  def post(path, body, type = "application/json") = Net::HTTP.post(URI.join(address, path), body, "content-type" => type)

  def call(method, **request)
    JSON.parse(post("/shop.inventory.v1.InventoryService/#{method}", JSON.generate(request)).body)
  end

  def order(order_id, quantity, product_id: "kb-1")
    lines = [Orders::OrderLine.new(product_id:, quantity:)]
    send_event(Orders::OrderCreated.new(order_id:, lines:))
  end

  def send_event(message)
    @orders ||= Concord::EventPreparer.new(service: "orders", source: "/shop/orders", namespace: @namespace,
      ids: Concord::Ids.new(clock: Concord::Clock.new))
    @transport.publish(@orders.prepare(message).to_message)
  end

  # What the service has published, in the order of the stream.
  def published(count)
    stream = Concord::Subject.stream_name("evt", "inventory", namespace: @namespace)
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
