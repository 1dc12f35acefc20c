# frozen_string_literal: true

require "test_helper"
require "concord/rpc/known_enums"

class KnownEnumsTest < Minitest::Test
  Order = Shop::Orders::V1::Order.descriptor

  def test_lets_names_that_there_are_pass_and_numbers_and_what_is_no_field
    [{"status" => "ORDER_STATUS_PENDING"}, {"status" => 99}, {"status" => nil}, {"since" => {"status" => "x"}}, [], nil,
      {"history" => [{"status" => "ORDER_STATUS_CONFIRMED"}]}].each { |json| Concord::Rpc::KnownEnums.check!(Order, json) }
  end

  def test_refuses_names_that_there_are_not_naming_the_field_and_not_the_value
    {{"status" => "CHEQUE"} => "status", {"history" => [{}, {"status" => "CHEQUE"}]} => "history[1].status"}.each do |json, field|
      error = assert_code(:invalid_argument, json) { Concord::Rpc::KnownEnums.check!(Order, json) }
      assert_equal field, error.details[:field]
      assert_match(/\A#{Regexp.escape(field)} is none of ORDER_STATUS_/, error.message)
      refute_includes error.message, "CHEQUE"
    end
  end
end
