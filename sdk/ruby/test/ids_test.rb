# frozen_string_literal: true

require "test_helper"

class IdsTest < Minitest::Test
  Clock = Struct.new(:now_ms)

  def test_ids_rise_within_a_millisecond_and_when_the_clock_goes_back
    clock = Clock.new(1_735_787_045_123)
    ids = Concord::Ids.new(clock:, random: Random.new(1))
    drawn = Array.new(5_000) { ids.next }
    clock.now_ms -= 10_000
    drawn += Array.new(100) { ids.next }
    assert_equal drawn.sort, drawn
    assert_equal drawn.uniq, drawn
    drawn.each { |id| assert_match(/\A\h{8}-\h{4}-7\h{3}-[89ab]\h{3}-\h{12}\z/, id) }
  end

  def test_tells_when_an_id_was_drawn
    id = Concord::Ids.new(clock: Clock.new(1_735_787_045_123)).next
    assert_equal 1_735_787_045_123, Concord::Ids.time_ms(id)
    assert_nil Concord::Ids.time_ms("a")
    assert_nil Concord::Ids.time_ms(id.sub("-7", "-4"))
  end

  def test_many_threads_draw_different_ids
    ids = Concord::Ids.new(clock: Concord::Clock.new)
    drawn = Array.new(4) { Thread.new { Array.new(500) { ids.next } } }.flat_map(&:value)
    assert_equal 2_000, drawn.uniq.size
  end
end
