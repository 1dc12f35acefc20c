# frozen_string_literal: true

require "test_helper"

class TraceContextTest < Minitest::Test
  TEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  def test_reads_and_writes_a_traceparent
    context = Concord::TraceContext.parse(" #{TEXT} ", "a=b")
    assert_equal [TEXT, "a=b", 1], [context.traceparent, context.tracestate, context.flags]
    assert Concord::TraceContext.parse("01-#{TEXT[3..]}-more")
  end

  def test_counts_what_is_malformed_as_absent
    [nil, "", "x", TEXT.upcase, "ff#{TEXT[2..]}", "#{TEXT}-more", TEXT.sub("b7ad6b7169203331", "0" * 16),
      TEXT.sub("0af7651916cd43dd8448eb211c80319c", "0" * 32), TEXT[0..-2]].each do |text|
      assert_nil Concord::TraceContext.parse(text), text.inspect
    end
  end

  def test_a_child_has_the_trace_and_a_span_of_its_own
    parent = Concord::TraceContext.parse(TEXT.sub(/01\z/, "ff"))
    child = parent.child(Random.new(1))
    assert_equal [parent.trace_id, 3], [child.trace_id, child.flags]
    refute_equal parent.span_id, child.span_id
  end

  def test_a_thread_works_in_a_trace_while_the_block_runs
    context = Concord::TraceContext.start(Random.new(1))
    Concord::TraceContext.with(context) do
      assert_same context, Concord::TraceContext.current
      assert_nil Thread.new { Concord::TraceContext.current }.value
    end
    assert_nil Concord::TraceContext.current
  end
end
