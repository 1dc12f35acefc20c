# frozen_string_literal: true

module Concord
  # A message on its way to the broker. `stream` is the broker's name of the stream that must keep it, `body` the bytes
  # as encoded once by the producer.
  OutgoingMessage = Struct.new(:stream, :subject, :message_id, :headers, :body, keyword_init: true)

  # A message that a stream keeps. `headers` have lower-case names and trimmed values; `sequence` is its position, from
  # 1, rising, with gaps; `stored_at_ms` is when the stream stored it.
  StoredMessage = Struct.new(:stream, :sequence, :subject, :headers, :body, :stored_at_ms, keyword_init: true) do
    # @return [String] what errors and logs call it
    def to_s = "message #{sequence} of #{stream}"
  end

  # What the broker answers when it has stored a message. `duplicate`: it was dropped as a repetition.
  PublishAck = Struct.new(:stream, :sequence, :duplicate)

  # What the broker tells repetitions by (conformance F8).
  module MessageId
    module_function

    # `source/id`, with `/` and `%` in the id escaped, so that no two pairs collide. A redrive adds its number, so that
    # the broker's dedupe window does not swallow it (trap T6).
    # @return [String]
    def event(source, id, redrive = 0)
      base = "#{source}/#{id.gsub(/[%\/]/, "%" => "%25", "/" => "%2F")}"
      redrive.positive? ? "#{base}/redrive/#{redrive}" : base
    end

    # `dl/<service>/<stream>/<sequence>/<redrives so far>`.
    # @return [String]
    def dead_letter(service, stream, sequence, redrives)
      "dl/#{service}/#{stream}/#{sequence}/#{redrives}"
    end
  end
end
