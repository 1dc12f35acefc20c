# frozen_string_literal: true

require "test_helper"
require "concord/timer"

class TimerTest < Minitest::Test
  def setup
    @timer = Concord::Timer.new(Concord::Clock.new)
  end

  def teardown
    @timer.close
  end

  def test_calls_blocks_in_the_order_of_their_times
    calls = Thread::Queue.new
    @timer.after(30) { calls << 2 }
    @timer.after(1) { calls << 1 }
    assert_equal [1, 2], Array.new(2) { calls.pop }
  end

  def test_makes_no_call_that_was_canceled
    calls = Thread::Queue.new
    @timer.cancel(@timer.after(10) { calls << :canceled })
    @timer.after(30) { calls << :kept }
    assert_equal :kept, calls.pop
  end

  def test_a_block_may_call_for_another
    calls = Thread::Queue.new
    @timer.after(1) { @timer.after(1) { calls << :second } }
    assert_equal :second, calls.pop
  end
end
