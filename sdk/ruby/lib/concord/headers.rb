# frozen_string_literal: true

module Concord
  # Names of the headers that Concord writes, in their exact case (conformance F9, F12).
  module Headers
    CONTENT_TYPE = "content-type"
    TRACEPARENT = "traceparent"
    TRACESTATE = "tracestate"
    REASON = "concord-reason"
    ERROR = "concord-error"
    ATTEMPTS = "concord-attempts"
    CONSUMER = "concord-consumer"
    STREAM = "concord-stream"
    SEQUENCE = "concord-sequence"
    REDRIVE = "concord-redrive"
    # Asks of a replay that events which were handled are handled once more.
    AGAIN = "concord-again"
    # What the broker drops repetitions by: in another case it is not seen.
    MESSAGE_ID = "Nats-Msg-Id"

    # Content type of an envelope on the wire (conformance F1).
    ENVELOPE = "application/vnd.concord.envelope.v1+protobuf"

    module_function

    # Gives headers as they are read: names lower-cased, values trimmed, the last of several values (conformance F9).
    # @param headers [Hash{String => String, Array<String>}, nil]
    # @return [Hash{String => String}]
    def normalize(headers)
      (headers || {}).to_h { |name, value| [name.to_s.downcase, Array(value).last.to_s.strip] }
    end

    # Compares media types without case and parameters (conformance F1).
    # @return [String]
    def media_type(value)
      value.to_s.split(";", 2).first.to_s.strip.downcase
    end

    # @raise [Error] `invalid_argument` for names and values that would break the wire's lines
    def check(headers)
      headers.each do |name, value|
        next if name.match?(/\A[!-9;-~]+\z/) && !value.match?(/[\r\n\0]/)

        raise Error.new(:invalid_argument, "header #{name.inspect} has a name or value that no header can have")
      end
    end
  end
end
