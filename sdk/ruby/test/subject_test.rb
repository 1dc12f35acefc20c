# frozen_string_literal: true

require "test_helper"

class SubjectTest < Minitest::Test
  PARTS = {tree: "evt", stream: "orders", partition: 3, key_token: "k1", type: "shop.orders.v1.OrderCreated"}.freeze

  def test_is_written_and_read_with_and_without_a_namespace
    {nil => "evt.orders.3.k1.shop.orders.v1.OrderCreated", "acme" => "acme.evt.orders.3.k1.shop.orders.v1.OrderCreated"}
      .each do |namespace, text|
        subject = Concord::Subject.new(**PARTS, namespace:)
        assert_equal text, subject.to_s
        read = Concord::Subject.parse(text)
        assert_equal [namespace, "evt", "orders", 3, "k1", "shop.orders.v1.OrderCreated"],
          [read.namespace, read.tree, read.stream, read.partition, read.key_token, read.type]
      end
  end

  def test_a_missing_key_is_an_underscore
    text = Concord::Subject.new(**PARTS, key_token: nil).to_s
    assert_equal "evt.orders.3._.shop.orders.v1.OrderCreated", text
    assert_nil Concord::Subject.parse(text).key_token
  end

  def test_is_read_behind_the_prefix_of_a_service
    subject = Concord::Subject.under("dlq", "mail", "acme", "acme.evt.orders.3.k1.T")
    assert_equal "acme.dlq.mail.evt.orders.3.k1.T", subject
    assert_equal "T", Concord::Subject.parse(subject).type
    assert_equal({namespace: "acme", tree: "dlq", service: "mail", subject: "acme.evt.orders.3.k1.T"},
      Concord::Subject.split_service(subject))
  end

  def test_texts_that_are_no_subjects_are_none
    ["", "evt.orders.3.k1", "evt.orders.03.k1.T", "evt.orders.x.k1.T", "foo.bar", "a.b.evt.orders.3.k1.T"].each do |text|
      assert_nil Concord::Subject.parse(text), text
    end
  end

  def test_refuses_names_and_namespaces_that_could_overlap
    ["evt", "cmd", "dlq", "rdr", "a-b", "A", "1a", "", "a" * 33].each do |namespace|
      assert_code(:config, namespace) { Concord::Subject.new(**PARTS, namespace:).to_s }
    end
    ["Orders", "a.b", "", "a" * 33, "-a"].each do |stream|
      assert_code(:config, stream) { Concord::Subject.new(**PARTS, stream:).to_s }
    end
  end

  def test_refuses_a_subject_of_more_than_1024_bytes
    fits = 1024 - "evt.orders.3.k1.".bytesize
    assert_equal 1024, Concord::Subject.new(**PARTS, type: "t" * fits).to_s.bytesize
    assert_code(:invalid_key) { Concord::Subject.new(**PARTS, type: "t" * (fits + 1)).to_s }
  end

  def test_names_streams_durables_and_filters
    assert_equal "evt-orders", Concord::Subject.stream_name("evt", "orders")
    assert_equal "acme-dlq-mail", Concord::Subject.stream_name("dlq", "mail", namespace: "acme")
    assert_equal "mail-orders-3", Concord::Subject.durable_name("mail", "orders", 3)
    assert_equal "evt.orders.3.>", Concord::Subject.partition_filter("evt", "orders", 3)
    assert_equal "acme.evt.orders.3.*.T", Concord::Subject.partition_filter("evt", "orders", 3, namespace: "acme", type: "T")
    assert_equal "rdr.mail.*.*.3.>", Concord::Subject.partition_filter("rdr", "mail", 3)
  end
end
