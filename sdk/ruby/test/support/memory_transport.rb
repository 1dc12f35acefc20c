# frozen_string_literal: true

require "concord/transport"

# A broker in memory that stores what it is given, drops repetitions, and fails as it is told to.
class MemoryTransport
  attr_reader :stored
  attr_accessor :created_at_ms

  def initialize
    @lock = Monitor.new
    @changed = @lock.new_cond
    @stored = Hash.new { |streams, name| streams[name] = [] }
    @last = Hash.new(0)
    @ids = {}
    @faults = []
    @created_at_ms = 1_000
    @read_error = nil
  end

  def max_payload_bytes = 1_048_576

  # @yieldparam message [Concord::OutgoingMessage]
  # @yieldreturn [Concord::Error, :lost_ack, nil] what goes wrong with it
  def fault(&block) = @faults << block

  def heal = @faults.clear

  def publish(message, timeout_ms: 5_000, cancellation: nil)
    results = Queue.new
    publish_later(message) { |*result| results << result }
    ack, error = results.pop
    raise error if error

    ack
  end

  def publish_later(message, timeout_ms: 5_000)
    ack, error = @lock.synchronize do
      fault = @faults.filter_map { |block| block.call(message) }.first
      next [nil, fault] if fault.is_a?(Concord::Error)

      stored = store(message)
      (fault == :lost_ack) ? [nil, Concord::Error.new(:deadline_exceeded, "no answer")] : [stored, nil]
    end
    Thread.new { yield ack, error }
    nil
  end

  # Stores a message as if a producer had sent it.
  def store(message)
    @lock.synchronize do
      known = @ids[[message.stream, message.message_id]]
      sequence = known || append(message)
      Concord::PublishAck.new(message.stream, sequence, !known.nil?)
    end
  end

  def read(stream:, filter:, after:, cancellation:, max_batch: 256)
    link = cancellation.on_cancel { @lock.synchronize { @changed.broadcast } }
    until cancellation.canceled?
      batch = @lock.synchronize do
        error, @read_error = @read_error, nil
        raise error if error

        found = @stored[stream].select { |message| message.sequence > after && match?(filter, message.subject) }
        @changed.wait(0.5) if found.empty? && !cancellation.canceled?
        found.first(max_batch)
      end
      next if batch.empty?

      after = batch.last.sequence
      yield batch
    end
  ensure
    cancellation.off(link)
  end

  # Ends the next look of a reader.
  def break_reading(error = Concord::Error.new(:unavailable, "the connection was lost"))
    @lock.synchronize do
      @read_error = error
      @changed.broadcast
    end
  end

  def stream_state(stream)
    @lock.synchronize do
      first = @stored[stream].first&.sequence
      Concord::StreamState.new(name: stream, first_sequence: first || (@last[stream].zero? ? 0 : @last[stream] + 1),
        last_sequence: @last[stream], messages: @stored[stream].size, partitions: 8, created_at_ms:)
    end
  end

  def get(stream, sequence) = @lock.synchronize { @stored[stream].find { |message| message.sequence == sequence } }

  def next_message(stream, filter, after)
    @lock.synchronize do
      @stored[stream].find { |message| message.sequence > after && match?(filter, message.subject) }
    end
  end

  def remove(stream, sequence) = @lock.synchronize { @stored[stream].reject! { |message| message.sequence == sequence } && nil }

  # Loses the tail of a stream, or all of it.
  def truncate(stream, last)
    @lock.synchronize do
      @stored[stream].reject! { |message| message.sequence > last }
      @last[stream] = last
      @ids.delete_if { |(name, _), sequence| name == stream && sequence > last }
    end
  end

  private

  def append(message)
    sequence = @last[message.stream] += 1
    @ids[[message.stream, message.message_id]] = sequence
    @stored[message.stream] << Concord::StoredMessage.new(stream: message.stream, sequence:, subject: message.subject,
      headers: Concord::Headers.normalize(message.headers), body: message.body.b, stored_at_ms: Concord::Clock.new.now_ms)
    @changed.broadcast
    sequence
  end

  def match?(filter, subject)
    wanted = filter.split(".")
    tokens = subject.split(".")
    rest = wanted.last == ">"
    wanted.pop if rest
    return false unless rest ? tokens.size > wanted.size : tokens.size == wanted.size

    wanted.zip(tokens).all? { |want, token| want == "*" || want == token }
  end
end
