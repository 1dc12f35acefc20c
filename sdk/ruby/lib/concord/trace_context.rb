# frozen_string_literal: true

module Concord
  # One hop of a trace by W3C Trace Context (https://www.w3.org/TR/trace-context/): its `traceparent` and `tracestate`.
  class TraceContext
    PATTERN = /\A(?<version>\h{2})-(?<trace_id>\h{32})-(?<span_id>\h{16})-(?<flags>\h{2})(?<rest>-.*)?\z/
    # Sampled, and the trace id's being random (https://www.w3.org/TR/trace-context-2/#trace-flags).
    KNOWN_FLAGS = 0b11
    private_constant :PATTERN, :KNOWN_FLAGS

    # @return [String] 32 lower-case hex digits, not all 0
    attr_reader :trace_id
    # @return [String] 16 lower-case hex digits, not all 0
    attr_reader :span_id
    # @return [Integer] 0 to 255; bit 0 says sampled
    attr_reader :flags
    # @return [String, nil] what vendors add
    attr_reader :tracestate

    def initialize(trace_id:, span_id:, flags: 1, tracestate: nil)
      @trace_id = trace_id
      @span_id = span_id
      @flags = flags
      @tracestate = tracestate
      freeze
    end

    # Reads a traceparent. Anything malformed, all-zero ids and version ff count as absent; a future version may carry
    # more behind the fields known here.
    # @return [TraceContext, nil]
    def self.parse(traceparent, tracestate = nil)
      text = traceparent.to_s.strip
      found = PATTERN.match(text) or return
      return if text.match?(/[A-F]/) || found[:version] == "ff" || (found[:version] == "00" && found[:rest])
      return if found[:trace_id].match?(/\A0+\z/) || found[:span_id].match?(/\A0+\z/)

      new(trace_id: found[:trace_id], span_id: found[:span_id], flags: found[:flags].hex, tracestate:)
    end

    # Begins a trace: sampled, with random ids.
    # @param random [Random]
    def self.start(random)
      new(trace_id: random_hex(random, 128), span_id: random_hex(random, 64))
    end

    # The trace that this thread works in.
    # @return [TraceContext, nil]
    def self.current
      Thread.current[:concord_trace_context]
    end

    # Works in a trace while the block runs.
    # @param context [TraceContext, nil]
    def self.with(context)
      before = current
      Thread.current[:concord_trace_context] = context
      yield
    ensure
      Thread.current[:concord_trace_context] = before
    end

    # @return [TraceContext] the next hop: the same trace with a span of its own
    def child(random)
      TraceContext.new(trace_id:, span_id: TraceContext.random_hex(random, 64), flags: flags & KNOWN_FLAGS, tracestate:)
    end

    # @return [String] version 00
    def traceparent
      format("00-%s-%s-%02x", trace_id, span_id, flags)
    end

    # @return [String] hex digits, never all 0
    def self.random_hex(random, bits)
      format("%0#{bits / 4}x", random.rand(1...(1 << bits)))
    end
  end
end
