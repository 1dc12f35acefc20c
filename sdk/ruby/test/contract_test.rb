# frozen_string_literal: true

require "test_helper"

class ContractTest < Minitest::Test
  Orders = Shop::Orders::V1

  def test_reads_what_the_options_of_an_event_say
    contract = Concord::Contract.event(Orders::OrderConfirmed)
    assert_equal ["shop.orders.v1.OrderConfirmed", :event, "orders", "evt", "orders", 8],
      [contract.type, contract.kind, contract.owner, contract.tree, contract.stream, contract.partitions]
    assert_equal 30 * 86_400_000, contract.stream_contract.retention_ms
    assert_equal [200, 30_000, 5, 30_000], contract.retry_policy.to_a
  end

  def test_a_command_belongs_to_the_stream_of_its_owner
    contract = Concord::Contract.event(Shop::Payments::V1::ChargePayment)
    assert_equal [:command, "cmd", "payments"], [contract.kind, contract.tree, contract.stream]
  end

  def test_takes_key_and_operation_from_the_fields_that_the_contract_names
    contract = Concord::Contract.event(Orders::OrderConfirmed)
    message = Orders::OrderConfirmed.new(order_id: "a/b", payment_id: "pay-1")
    assert_equal "a/b", contract.key_of(message)
    assert_equal "a%2Fb/pay-1", contract.idempotency_key_of(message)
  end

  def test_an_unset_key_field_is_no_key_and_an_unset_field_of_the_operation_is_refused
    contract = Concord::Contract.event(Orders::OrderConfirmed)
    assert_nil contract.key_of(Orders::OrderConfirmed.new)
    error = assert_code(:invalid_data) { contract.idempotency_key_of(Orders::OrderConfirmed.new(order_id: "a")) }
    assert_equal "payment_id", error.details[:violations].first[:field]
  end

  def test_a_message_without_the_option_is_no_event
    refute Concord::Contract.event?(Orders::OrderLine)
    assert_code(:invalid_contract) { Concord::Contract.event(Orders::OrderLine) }
    assert_nil Concord::Contract.event_of_type("shop.orders.v1.OrderLine")
    assert_equal Orders::OrderCreated, Concord::Contract.event_of_type("shop.orders.v1.OrderCreated").message_class
  end

  def test_reads_what_the_options_of_a_service_say
    contract = Concord::Contract.service("shop.inventory.v1.InventoryService")
    assert_equal ["inventory", "/shop/inventory"], [contract.name, contract.source]
    assert_includes contract.consumes, "shop.orders.v1.OrderCreated"
    assert_code(:invalid_contract) { Concord::Contract.service("shop.inventory.v1.StockReserved") }
  end
end
