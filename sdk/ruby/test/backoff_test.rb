# frozen_string_literal: true

require "test_helper"

class BackoffTest < Minitest::Test
  Policy = Struct.new(:initial_ms, :max_ms)

  def test_doubles_up_to_its_bound_between_half_and_all_of_it
    {[1, 0] => 50, [1, 0.999] => 99, [3, 0.5] => 300, [20, 0] => 5_000, [10_000, 0.5] => 7_500}.each do |(attempt, random), ms|
      assert_equal ms, Concord::Backoff.delay_ms(Policy.new(100, 10_000), attempt, random)
    end
    assert_equal 0, Concord::Backoff.delay_ms(Policy.new(0, 10_000), 5_000, 0.5)
  end
end
