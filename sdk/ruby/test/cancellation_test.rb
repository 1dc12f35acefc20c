# frozen_string_literal: true

require "test_helper"

class CancellationTest < Minitest::Test
  def setup
    @cancellation = Concord::Cancellation.new
  end

  def test_the_first_reason_stays_and_listeners_hear_it_once
    heard = []
    @cancellation.on_cancel { |reason| heard << reason }
    @cancellation.cancel(:drain)
    @cancellation.cancel(:timeout)
    @cancellation.on_cancel { |reason| heard << reason }
    assert_equal [:drain, %i[drain drain]], [@cancellation.reason, heard]
    assert_code(:canceled) { @cancellation.check! }
  end

  def test_waits_until_it_comes_or_the_time_is_up
    refute @cancellation.wait(5)
    waiting = Thread.new { @cancellation.wait }
    @cancellation.cancel
    assert waiting.value
    refute Concord::Clock.new.sleep(60_000, @cancellation)
  end

  def test_a_child_is_canceled_with_its_parent_until_it_is_released
    children = Array.new(2) { Concord::Cancellation.new(@cancellation) }
    children.first.release
    @cancellation.cancel(:drain)
    assert_equal [nil, :drain], children.map(&:reason)
  end

  def test_a_listener_can_be_forgotten
    listener = @cancellation.on_cancel { flunk }
    @cancellation.off(listener)
    @cancellation.cancel
  end
end
