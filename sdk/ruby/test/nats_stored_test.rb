# frozen_string_literal: true

require "test_helper"
require "concord/nats/inbox"
require "concord/nats/stored"

class NatsStoredTest < Minitest::Test
  Stored = Concord::Nats::Stored

  def test_reads_headers_by_lower_case_names_trimmed_the_last_of_several
    head = "NATS/1.0\r\nContent-Type:  a:b \r\nx: 1\r\nX: 2\r\nEmpty:\r\nno header\r\n\r\n".b
    assert_equal({"content-type" => "a:b", "x" => "2", "empty" => ""}, Stored.headers(head))
  end

  def test_reads_values_as_the_bytes_that_they_are
    value = Stored.headers("NATS/1.0\r\nname: é\r\nbroken: \xFF\r\n\r\n".b)
    assert_equal ["é", Encoding::UTF_8, false], [value["name"], value["name"].encoding, value["broken"].valid_encoding?]
  end

  def test_reads_what_the_server_says
    assert_equal [408, "Request Timeout", {"nats-pending-messages" => "3"}],
      Stored.status("NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 3\r\n\r\n")
    assert_equal [100, "Idle Heartbeat", {}], Stored.status("NATS/1.0 100 Idle Heartbeat\r\n\r\n")
    assert_equal [503, "", {}], Stored.status("NATS/1.0 503\r\n\r\n")
    assert_equal [0, "", {}], Stored.status(nil)
  end
end
