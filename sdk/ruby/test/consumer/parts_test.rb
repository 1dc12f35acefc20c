# frozen_string_literal: true

require_relative "../test_helper"
require "concord/consumer/executor"
require "concord/consumer/finished_prefix"
require "concord/consumer/watchdog"
require "concord/relay/send_failure"
require "concord/relay/stopped_keys"
require "concord/sql/split_statements"
require "concord/store/inbox_id"

class PartsTest < Minitest::Test
  def stored(sequence)
    Concord::StoredMessage.new(stream: "evt-x", sequence:, subject: "x", headers: {}, body: "\xFF\x01".b, stored_at_ms: 5)
  end

  def prefix = Concord::Consumer::FinishedPrefix.new(Concord::Consumer::MessageIdentity.new(0, "", 0))

  def test_the_position_never_passes_what_is_not_finished
    following = prefix
    one, two, three = [1, 2, 3].map { |sequence| following.read(stored(sequence)) }
    refute following.finish(three)
    assert following.finish(one)
    assert_equal [1, 2], [following.position.sequence, following.ahead]
    assert following.finish(two)
    assert_equal [3, 0], [following.position.sequence, following.ahead]
  end

  def test_bytes_that_are_no_event_are_known_by_their_digest
    assert_equal "bytes:2:6f1e225d", Concord::Consumer::MessageIdentity.of(stored(1)).event_id
  end

  def test_jobs_run_so_many_at_once_and_alone_where_they_ask_for_it
    executor = Concord::Consumer::Executor.new(concurrency: 3)
    lock, running, most, alone = Mutex.new, 0, 0, []
    done = Queue.new
    work = lambda do |is_alone|
      lock.synchronize { most = [most, running += 1].max }
      alone << lock.synchronize { running } if is_alone
      sleep 0.002
      lock.synchronize { running -= 1 }
      done << true
    end
    12.times { |n| executor.submit(alone: n == 6) { work.call(n == 6) } }
    12.times { done.pop }
    executor.close
    assert_equal [3, [1]], [most, alone]
  end

  def test_a_job_whose_time_has_not_come_holds_no_thread_and_can_be_taken_back
    executor = Concord::Consumer::Executor.new(concurrency: 1)
    ran = Queue.new
    executor.submit_later(30) { ran << :late }
    canceled = executor.submit_later(60_000) { ran << :never }
    executor.submit { ran << :first }
    assert_operator executor.cancel(canceled), :>, 50_000
    assert_nil executor.cancel(canceled)
    assert_equal %i[first late], [ran.pop, ran.pop]
    executor.close
  end

  def test_a_handler_that_takes_too_long_is_interrupted_whatever_it_rescues
    watchdog = Concord::Consumer::Watchdog.new
    error = assert_code(:deadline_exceeded) do
      watchdog.run(20, "T 1") do
        sleep
      rescue
        flunk "it must not be taken for a failure"
      end
    end
    assert_match(/T 1 took over 20 ms/, error.message)
    assert_equal :fine, watchdog.run(1_000, "T 2") { :fine }
    watchdog.close
  end

  def test_what_a_handler_still_gives_after_its_time_is_void
    watchdog = Concord::Consumer::Watchdog.new
    assert_code(:deadline_exceeded) do
      watchdog.run(20, "T 1") do |cancellation|
        cancellation.wait
        sleep
      rescue Exception # rubocop:disable Lint/RescueException -- a handler that swallows everything
        :late
      end
    end
    watchdog.close
  end

  # As TypeScript writes them: two languages that differ here would handle an event twice.
  def test_event_ids_become_the_same_uuids_in_every_language
    {
      "order-1" => ["0bafe221-56d2-898c-943b-86040446d366", nil], "é/😀" => ["67b359ad-ce30-80fe-a4d0-0612b97f7055", nil],
      "01920000-0000-8000-8000-000000000001" => ["71d3fc09-164f-838f-8887-30cafdbc611c", nil],
      "01920000-0000-4000-8000-000000000001" => ["01920000-0000-4000-8000-000000000001", nil],
      "01920000-0000-7000-8000-00000000000A" => ["cc62dae6-aa1e-8f69-b0b6-998cfc010be1", nil],
      "01920000-0000-7000-8000-000000000001" => ["01920000-0000-7000-8000-000000000001", 0x019200000000]
    }.each { |id, expected| assert_equal expected, Concord::Store::InboxId.parse(id), id }
    assert_equal "sha256:db33c4ce9e8a72562c8f24aa67b7abbabdb848426e8ddfff4ee08f6ae04d1b17", Concord::Store::InboxId.indexed("é" * 257)
    assert_equal "é" * 256, Concord::Store::InboxId.indexed("é" * 256)
  end

  def test_statements_are_split_where_they_end
    text = "CREATE TABLE a (b text DEFAULT ';'); -- ; no\nDO $x$ BEGIN; END $x$;\n" \
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = 1; END; SELECT 1"
    assert_equal 4, Concord::Sql::SplitStatements.call(text).size
    assert_empty Concord::Sql::SplitStatements.call(" -- nothing\n;;")
  end

  def test_a_failed_send_is_judged_by_whose_fault_it_is
    judged = ->(code) { Concord::Relay::SendFailure.new(Concord::Error.new(code, "x")) }
    assert_equal %i[broker broker stream stream row row],
      %i[unavailable deadline_exceeded not_found resource_exhausted too_large internal].map { |code| judged[code].kind }
    assert judged[:too_large].final?
    assert_equal "internal: odd", Concord::Relay::SendFailure.new(RuntimeError.new("odd")).cause
  end
end
