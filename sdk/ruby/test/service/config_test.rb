# frozen_string_literal: true

require "test_helper"

class ServiceConfigTest < Minitest::Test
  DOCUMENT = File.expand_path("../../../../docs/configuration.md", __dir__)
  BASE = {"CONCORD_TRANSPORT" => "nats://localhost:4222"}.freeze

  def test_fills_in_the_documented_defaults
    config = read(BASE)
    assert_equal ["sqlite:.data/inventory.db", 8080, 16, 1_000, 10_000, 30_000, :envelope, "127.0.0.1"],
      [config.database_url, config.port, config.concurrency, config.park_after_ms, config.lease_ms,
        config.drain_timeout_ms, config.wire_format, config.host]
    assert_equal :cloudevents_json, read({**BASE, "CONCORD_WIRE_FORMAT" => "cloudevents-json"}).wire_format
  end

  def test_an_argument_that_it_does_not_know_is_wrong_use
    runner = Concord::Service::Runner.new(Concord::Service.new("inventory"))
    {["--codec"] => /--codec needs the name/, ["--codec", "avro"] => /CONCORD_WIRE_FORMAT: does not read; .*nats-pubsub/,
     ["--codec", "envelope", "x"] => /unknown argument x/, ["serv"] => /unknown argument serv/,
     ["migrate", "--codec"] => /--codec needs the name/, ["migrate", "migrate"] => /unknown argument migrate/,
     ["migrate", "now"] => /unknown argument now/}.each do |arguments, said|
      _, errors = capture_io { assert_equal 2, runner.run(arguments) }
      assert_match said, errors
    end
  end

  def test_names_all_faults_at_once_and_overlooks_the_variables_of_tests
    error = assert_code(:config) do
      read("CONCORD_PROT" => "1", "CONCORD_PORT" => "x", "CONCORD_NAMESPACE" => "evt", "CONCORD_TEST_X" => "1",
        "CONCORD_SHOP_Y" => "1", "HOME" => "/")
    end
    assert_equal %w[CONCORD_PROT CONCORD_NAMESPACE CONCORD_PORT CONCORD_TRANSPORT],
      error.message.lines.map { |line| line[/\ACONCORD_\w+/] }
  end

  def test_knows_every_variable_that_is_documented
    documented = File.read(DOCUMENT, encoding: "UTF-8").scan(/^\| `(CONCORD_\w+)`/).flatten
    faults = assert_code(:config) { read(documented.to_h { |name| [name, "\u0000"] }) }.message
    refute_match(/no such variable/, faults)
    refute_empty documented
  end

  private

  def read(environment) = Concord::Service::Config.read("inventory", environment)
end
