# frozen_string_literal: true

require "minitest/autorun"
require "concord"
require "shop/inventory/v1/inventory_pb"
require "shop/orders/v1/orders_pb"
require "shop/payments/v1/payments_pb"

# What all tests say about errors.
class Minitest::Test
  def assert_code(code, about = nil, &)
    error = assert_raises(Concord::Error, about&.inspect, &)
    assert_equal code, error.code, about&.inspect
    error
  end
end
