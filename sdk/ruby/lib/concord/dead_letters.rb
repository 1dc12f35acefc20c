# frozen_string_literal: true

require_relative "cancellation"
require_relative "dead_letter"
require_relative "error"
require_relative "subject"
require_relative "wire_format"

module Concord
  # The dead letters of one service.
  class DeadLetters
    include Enumerable

    # A reader that gets nothing for so long has come to the end: letters before it were removed meanwhile.
    SILENCE_MS = 2_000
    private_constant :SILENCE_MS

    # @param transport [Nats::Transport]
    # @param service [String] that gave up
    # @param namespace [String, nil]
    def initialize(transport, service, namespace: nil)
      @transport = transport
      @stream = Subject.stream_name("dlq", service, namespace:)
      @filter = Subject.stream_subjects("dlq", service, namespace:)
    end

    # Yields the dead letters, the oldest first, as they stand at the call: what fails later is not among them. Messages in
    # the stream that are no dead letters are left out.
    # @yieldparam letter [DeadLetter]
    # @yieldparam message [StoredMessage] original bytes and headers, with the verdict
    def each
      return to_enum unless block_given?

      state = @transport.stream_state(@stream)
      return if state.nil? || state.messages.zero?

      read_until(state.last_sequence) { |message| (letter = read(message)) && yield(letter, message) }
    end

    # Sends dead letters back to the service that gave up on them and to no other, the oldest first, each with the original
    # bytes and a message id of its own (trap T6); then the dead letter goes. When it is stopped anywhere, running it again
    # goes on. An event that fails again becomes a new dead letter, which the same run leaves alone.
    # @param sequence [Integer, nil] only the dead letter at this position
    # @raise [Error] as {Nats::Publishing#publish}
    # @return [Integer] dead letters sent back
    def redrive(sequence: nil)
      chosen = sequence ? [@transport.get(@stream, sequence)].compact : map { |_letter, message| message }
      chosen.count { |message| read(message) && redrive_one(message) }
    end

    private

    def redrive_one(message)
      @transport.publish(DeadLetter.redrive(message, envelope_of(message)))
      @transport.remove(message.stream, message.sequence)
      true
    end

    def read_until(last)
      end_of_reading = Cancellation.new
      silence = Thread.new { end_of_reading.cancel until end_of_reading.wait(SILENCE_MS) }
      @transport.read(stream: @stream, filter: @filter, after: 0, cancellation: end_of_reading) do |messages|
        messages.each { |message| yield message if message.sequence <= last }
        end_of_reading.cancel if messages.last.sequence >= last
      end
    ensure
      end_of_reading&.cancel
      silence&.join
    end

    def read(message)
      DeadLetter.new(message)
    rescue Error
      nil
    end

    # Where its bytes can be read.
    def envelope_of(message)
      WireFormat.read(message.headers, message.body)
    rescue Error
      nil
    end
  end
end
