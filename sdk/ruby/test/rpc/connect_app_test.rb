# frozen_string_literal: true

require "test_helper"
require "concord/rpc/connect_app"
require "concord/silent_log"
require "json"
require "stringio"

class ConnectAppTest < Minitest::Test
  Inventory = Shop::Inventory::V1
  GET_STOCK = "/shop.inventory.v1.InventoryService/GetStock"
  PUT_PRODUCT = "/shop.inventory.v1.InventoryService/PutProduct"

  # Answers by a block.
  class Stock
    def initialize(answer) = @answer = answer

    def get_stock(request, call) = @answer.call(request, call)
  end

  def teardown
    @app&.close
  end

  def test_answers_in_the_codec_of_the_request
    stock { |request, _| {product_id: request.product_id, quantity: 3} }
    status, headers, body = post(GET_STOCK, '{"productId":"a","unknown":1}')
    assert_equal [200, "application/json", {"productId" => "a", "quantity" => 3}],
      [status, headers["content-type"], JSON.parse(body.first)]
    request = Inventory::GetStockRequest.encode(Inventory::GetStockRequest.new(product_id: "a"))
    status, headers, body = post(GET_STOCK, request, "CONTENT_TYPE" => "application/proto")
    assert_equal [200, "application/proto", 3],
      [status, headers["content-type"], Inventory::GetStockResponse.decode(body.first).quantity]
  end

  def test_answers_get_where_the_contract_says_that_nothing_changes
    stock { |request, _| Inventory::GetStockResponse.new(product_id: request.product_id) }
    query = "connect=v1&encoding=json&base64=1&message=#{['{"productId":"é"}'].pack("m0").tr("+/", "-_").delete("=")}"
    status, _, body = call(GET_STOCK, "REQUEST_METHOD" => "GET", "QUERY_STRING" => query)
    assert_equal [200, {"productId" => "é"}], [status, JSON.parse(body.first)]
    assert_equal 405, call(PUT_PRODUCT, "REQUEST_METHOD" => "GET").first
    assert_equal 405, call(GET_STOCK, "REQUEST_METHOD" => "PUT").first
  end

  def test_tells_failures_by_their_code_and_the_fields_at_fault
    stock { raise Concord::Error.new(:not_found, "no product a") }
    assert_equal [404, {"code" => "not_found", "message" => "no product a"}], failure(post(GET_STOCK, "{}"))
    stock { raise Concord::Error.new(:too_large, "too much", field: "quantity") }
    status, body = failure(post(GET_STOCK, "{}"))
    assert_equal [429, "resource_exhausted", %w[google.rpc.BadRequest google.rpc.ErrorInfo]],
      [status, body["code"], body["details"].map { |detail| detail["type"] }]
    info = Google::Rpc::ErrorInfo.decode(body["details"].last["value"].unpack1("m"))
    assert_equal %w[too_large concord], [info.reason, info.domain]
  end

  def test_refuses_a_deadline_that_is_no_number
    stock { {quantity: 3} }
    ["-5", "soon", "1.5", "12345678901"].each do |timeout|
      status, body = failure(post(GET_STOCK, "{}", "HTTP_CONNECT_TIMEOUT_MS" => timeout))
      assert_equal [400, "invalid_argument"], [status, body["code"]], timeout
    end
  end

  def test_tells_nothing_of_an_exception
    stock { raise "SELECT secret" }
    assert_equal [500, {"code" => "internal", "message" => "internal error"}], failure(post(GET_STOCK, "{}"))
    stock { raise NotImplementedError, "secret" }
    assert_equal 500, post(GET_STOCK, "{}").first
  end

  def test_refuses_what_it_cannot_read
    stock { flunk }
    assert_equal 415, post(GET_STOCK, "{}", "CONTENT_TYPE" => "application/grpc").first
    assert_equal [400, "invalid_argument"], failure(post(GET_STOCK, "{")).then { |status, body| [status, body["code"]] }
    assert_equal 501, post(GET_STOCK, "{}", "HTTP_CONTENT_ENCODING" => "gzip").first
    assert_equal 501, post(PUT_PRODUCT, "{}").first
    assert_equal 429, post(GET_STOCK, " " * 4_194_305).first
    refute @app.serves?("/nothing")
  end

  def test_keeps_the_callers_deadline
    stock do |_, call|
      assert_operator call.time_left_ms, :<=, 20
      call.cancellation.wait
    end
    assert_equal [504, "deadline_exceeded"],
      failure(post(GET_STOCK, "{}", "HTTP_CONNECT_TIMEOUT_MS" => "20")).then { |status, body| [status, body["code"]] }
  end

  def test_works_in_the_callers_trace
    seen = nil
    stock do |_, call|
      seen = [Concord::TraceContext.current.trace_id, call.headers["x-a"], call.time_left_ms]
      {}
    end
    post(GET_STOCK, "{}", "HTTP_TRACEPARENT" => "00-#{"a" * 32}-#{"b" * 16}-01", "HTTP_X_A" => "1")
    assert_equal ["a" * 32, "1", nil], seen
  end

  private

  def stock(&answer)
    @app&.close
    @app = Concord::Rpc::ConnectApp.new(clock: Concord::Clock.new, random: Random.new(1), log: Concord::SilentLog.new,
      call_options: -> { {db: nil, transaction: nil} })
    @app.add(Google::Protobuf::DescriptorPool.generated_pool.lookup("shop.inventory.v1.InventoryService"), Stock.new(answer))
  end

  def post(path, body, **more)
    call(path, "REQUEST_METHOD" => "POST", "CONTENT_TYPE" => "application/json; charset=utf-8",
      "rack.input" => StringIO.new(body), **more.transform_keys(&:to_s))
  end

  def call(path, **env) = @app.call({"PATH_INFO" => path, **env.transform_keys(&:to_s)})

  def failure(answer) = [answer.first, JSON.parse(answer.last.first)]
end
