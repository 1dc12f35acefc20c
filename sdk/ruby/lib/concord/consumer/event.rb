# frozen_string_literal: true

require_relative "../silent_log"

module Concord
  # An event or command that was read, decoded and found to be handled here: what a handler is given.
  class Event
    # @return [Google::Protobuf::AbstractMessage] the event's own message
    attr_reader :data
    # @return [Envelope]
    attr_reader :envelope
    # @return [Contract::EventContract]
    attr_reader :contract
    # @return [StoredMessage] as the stream keeps it
    attr_reader :message
    # @return [Subject] what the message's subject says
    attr_reader :subject
    # @return [Integer] how often it was redriven; 0 for an original
    attr_reader :redrives
    # @return [Integer] 1 for the first run
    attr_reader :attempt
    # @return [Cancellation, nil] comes when the handler's time is up or the service stops waiting for it
    attr_reader :cancellation

    # @param log [#child] of the consumer
    def initialize(message:, subject:, envelope:, contract:, data:, redrives: 0, attempt: 1, cancellation: nil,
      log: SilentLog.new)
      @message = message
      @subject = subject
      @envelope = envelope
      @contract = contract
      @data = data
      @redrives = redrives
      @attempt = attempt
      @cancellation = cancellation
      @log = log
      freeze
    end

    # @return [String]
    def id = envelope.id

    # @return [String]
    def source = envelope.source

    # @return [String] full protobuf name of {#data}
    def type = envelope.type

    # @return [String, nil]
    def key = envelope.key

    # @return [String, nil] the key as subjects and tables have it
    def key_token = subject.key_token

    # @return [Event] the same for another run
    def for_attempt(attempt, cancellation = nil)
      return self if attempt == @attempt && cancellation.equal?(@cancellation)

      with(attempt:, cancellation:)
    end

    # @return [Event] the same with other facts
    def with(redrives: self.redrives, attempt: self.attempt, cancellation: nil, log: @log)
      Event.new(message:, subject:, envelope:, contract:, data:, redrives:, attempt:, cancellation:, log:)
    end

    # Lines written to it carry {#log_fields}.
    # @return [#info, #warn, #error, #debug]
    def log = @log.child(**log_fields)

    # Fields of log lines about it.
    # @return [Hash{Symbol => Object}]
    def log_fields
      {event_id: id, type:, key: key_token, correlation_id: envelope.correlation_id, stream: message.stream,
       sequence: message.sequence}.compact
    end

    # Names the event without its content.
    def inspect = "#<Concord::Event #{type} #{id} of #{source}>"
  end
end
