# frozen_string_literal: true

require "test_helper"

class ConfigLintTest < Minitest::Test
  HANDLED = [Concord::Contract.event(Shop::Orders::V1::OrderCreated)].freeze
  Warnings = Struct.new(:lines) do
    def warn(_message, setting:) = lines << setting[/\A\w+/]
  end

  def test_refuses_what_cannot_work
    error = assert_code(:config) { check(lease_ms: 200, park_after_ms: 100_000) }
    assert_equal %w[CONCORD_LEASE_MS CONCORD_PARK_AFTER_MS], error.message.lines.map { |line| line[/\A\w+/] }
    check(stateless: true, lease_ms: 200, park_after_ms: 100_000)
  end

  def test_warns_of_what_works_badly
    {{lease_ms: 1_000} => "CONCORD_LEASE_MS", {lease_ms: 61_000} => "CONCORD_LEASE_MS",
     {inbox_days: 29} => "CONCORD_INBOX_DAYS", {drain_timeout_ms: 29_999} => "CONCORD_DRAIN_TIMEOUT_MS",
     {concurrency: 81, database_url: "postgres://x"} => "CONCORD_CONCURRENCY"}.each do |settings, variable|
      assert_equal [variable], check(**settings), settings.inspect
    end
  end

  def test_says_nothing_of_the_defaults
    assert_empty check
    assert_empty check(inbox_days: 30)
  end

  private

  def check(stateless: false, **settings)
    config = Concord::Service::Config.new("inventory", **settings)
    Warnings.new([]).tap { |log| Concord::Service::ConfigLint.new(config, handled: HANDLED, stateless:).check(log) }.lines
  end
end
