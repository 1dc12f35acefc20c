# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/databases"
require "concord/conformance/v1/fixture_counted_pb"
require "concord/nats"
require "concord/probe"
require "concord/stream_specs"
require "open3"

# A service that is killed at every gap between two steps, one life after the other on one database and one broker. Its last
# life ends in order; then every committed event has had its effect, once, and each key's effects are in commit order.
#
# Some points by chance in the usual run; `CONCORD_TEST_CRASH_POINTS=all`, or names with commas between, for others.
class CrashServerTest < Minitest::Test
  include Databases::Use

  SAMPLE = 8
  # Lives that a point may take to be reached.
  LIVES = 3

  def points
    chosen = ENV.fetch("CONCORD_TEST_CRASH_POINTS", "")
    return Concord::Probe::POINTS.sample(SAMPLE, random: Random.new(Minitest.seed)) if chosen.empty?

    (chosen == "all") ? Concord::Probe::POINTS : chosen.split(",")
  end

  def kind = :postgres

  def setup
    super
    return if skipped?

    @namespace = "t#{SecureRandom.hex(6)}"
    transport = Concord::Nats.connect(Servers.nats_url)
    contract = Concord::Contract.event(Concord::Proto::Conformance::V1::CountedEvent)
    transport.provision(Concord::StreamSpecs.of("counter", handled: [contract], namespace: @namespace))
    transport.close
    columns = "(place bigserial, event_id text, key text, n integer)"
    %w[commits effects].each { |table| database.run("CREATE TABLE #{table} #{columns}") }
  rescue Servers::Unavailable => error
    skip error.message
  end

  def live(numbers, point: nil)
    settings = {url:, schema: @schema, nats_url: Servers.nats_url, namespace: @namespace, numbers: numbers.to_a, point:}
    paths = $LOAD_PATH.flat_map { |path| ["-I", File.expand_path(path)] }
    output, status = Open3.capture2e(RbConfig.ruby, *paths, "#{__dir__}/child.rb", JSON.generate(settings))
    [status, output]
  end

  def rows(table) = database.query("SELECT event_id, key, n FROM #{table} ORDER BY place")

  def test_killed_at_every_point_nothing_is_lost_doubled_or_reordered
    # What some points are reached by is left by the life before; a slow machine may need another one.
    lives = 0.step
    missed = points.each.reject do |point|
      LIVES.times.any? do
        life = lives.next
        status, output = live((life * 7)...(life * 7 + 7), point:)
        assert status.signaled? || status.success?, "#{point}: #{output}"
        status.signaled?
      end
    end
    assert_empty missed - %w[redrive.flip redrive.run], "these points were not reached"
    status, output = live([])
    assert status.success?, output
    check_history
  end

  def check_history
    commits, effects = rows("commits"), rows("effects")
    assert_equal [], commits.map { |row| row[:event_id] } - effects.map { |row| row[:event_id] }, "lost"
    assert_equal [], effects.map { |row| row[:event_id] } - commits.map { |row| row[:event_id] }, "without a cause"
    assert_equal effects.map { |row| row[:event_id] }.uniq.size, effects.size, "doubled"
    effects.reject { |row| row[:n] % 7 == 5 }.group_by { |row| row[:key] }.each do |key, of_key|
      assert_equal of_key.map { |row| row[:n] }.sort, of_key.map { |row| row[:n] }, "order of #{key}"
    end
    assert_equal %w[done], database.query("SELECT DISTINCT state FROM concord_inbox").map { |row| row[:state] }
    assert_equal 0, database.first("SELECT count(*) AS count FROM concord_parked")[:count]
  end
end
