# frozen_string_literal: true

require "test_helper"
require "concord/dead_letters"
require "concord/stream_specs"
require "open3"
require "support/service_process"
require "support/servers"

# The shop's inventory as a NATS user who may do what `concord permissions` writes for it, and nothing else.
class NatsPermissionsServerTest < Minitest::Test
  include ServiceProcess

  ROOT = File.expand_path("../../..", __dir__)
  NODE = ENV.fetch("CONCORD_TEST_NODE", "#{ROOT}/node_modules/.bin/node")
  COMMAND = [NODE, "--conditions=@concord/source", "sdk/cli/src/command/main.ts", "permissions", "inventory"].freeze
  ORDERS = Concord::StreamSpecs.of_contract(Concord::Contract.event(Shop::Orders::V1::OrderCreated), nil)

  # One server for all tests, with the user that was generated and one who may do everything.
  def self.server
    @server ||= begin
      raise Servers::Unavailable, "there is no Node with the repository's packages" unless File.executable?(NODE)

      user, errors, status = Open3.capture3(*COMMAND, chdir: ROOT)
      raise errors unless status.success?

      Servers.start_nats(<<~CONFIG, env: {"INVENTORY_NATS_PASSWORD" => "p"})
        accounts { SHOP { jetstream: enabled, users: [
          { user: "admin", password: "p" }
          #{user}
        ] } }
      CONFIG
    end
  end

  def setup
    @admin = self.class.server.sub("://", "://admin:p@")
    @own = self.class.server.sub("://", "://inventory:p@")
    super
  rescue Servers::Unavailable => error
    skip error.message
  end

  def teardown
    @others&.each(&:close)
    super
  end

  def server_url = @admin

  # The permissions are those of the system without a namespace.
  def namespace = nil

  def program = File.expand_path("../../../services/inventory/ruby/inventory.rb", __dir__)

  def test_it_does_its_work_and_reads_what_comes_back_to_it
    start("CONCORD_TRANSPORT" => @own)
    wait_until { get("/health/ready").code == "200" }
    order("o-1", 2, product_id: "keyboard")
    @transport.publish(Concord::OutgoingMessage.new(stream: "evt-orders", message_id: "broken", headers: {}, body: "broken",
      subject: "evt.orders.0.k.shop.orders.v1.OrderCreated"))
    wait_until { @transport.stream_state("dlq-inventory").messages == 1 }
    assert_includes published(5).map(&:type), "shop.inventory.v1.StockReserved"
    letters = Concord::DeadLetters.new(@transport, "inventory")
    assert_equal 1, letters.redrive
    wait_until { @transport.stream_state("dlq-inventory").last_sequence == 2 }
    assert_equal 0, stop("TERM")
    assert_empty log_lines.select { |line| line["level"] == "error" }
  end

  def test_what_is_refused_is_named_at_once_and_everything_else_goes_on
    @transport.provision([ORDERS])
    user = connect(inbox_prefix: "_INBOX.inventory")
    refused = [
      -> { user.publish(sent_to("evt.orders.0.k.shop.orders.v1.OrderCreated")) },
      -> { user.stream_state("evt-users") },
      -> { user.remove("evt-orders", 1) },
      -> { user.read(stream: "evt-users", filter: "evt.users.>", after: 0, cancellation: Concord::Cancellation.new) { |_| } }
    ]
    refused.each do |act|
      error = nil
      assert_operator seconds { error = assert_code(:permission_denied, &act) }, :<, 2
      assert_match(/the account may not publish to "(evt\.orders|\$JS\.API\.)/, error.message)
    end
    assert user.connected?
    refute_nil user.stream_state("evt-orders")
  end

  def test_a_user_who_hears_no_answers_is_told_so
    user = connect
    error = assert_code(:permission_denied) { user.stream_state("evt-orders") }
    assert_match(/may not subscribe to "_INBOX\./, error.message)
    assert_code(:permission_denied) { user.stream_state("evt-orders") }
  end

  def test_a_stream_of_others_that_differs_is_left_as_it_is
    @transport.provision([ORDERS])
    larger = ORDERS.dup.tap { |it| it.retention_ms *= 2 }
    report = connect(inbox_prefix: "_INBOX.inventory").provision([larger])
    assert_empty report.changes
    assert_match(/once its owner changes it: this user may not/, report.warnings.join)
  end

  private

  def connect(**options)
    Concord::Nats.connect(@own, **options).tap { |transport| (@others ||= []) << transport }
  end

  def sent_to(subject)
    Concord::OutgoingMessage.new(stream: "evt-orders", subject:, message_id: SecureRandom.uuid, headers: {}, body: "")
  end

  def seconds
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  end
end
