# frozen_string_literal: true

require "forwardable"

module Concord
  # What a handler is given of one event.
  class Event
    extend Forwardable

    # @return [Google::Protobuf::AbstractMessage] the event's message
    attr_reader :data
    # @return [Envelope]
    attr_reader :envelope
    # @return [Integer] 1 for the first run
    attr_reader :attempt
    # @return [Integer] how often the event was redriven
    attr_reader :redrives
    # @return [Cancellation] comes when the handler's time is up or the service stops waiting for it
    attr_reader :cancellation
    # @return [#info] writes lines that name the event
    attr_reader :log

    # @!method id
    #   @return [String] identity of the event together with its source
    # @!method key
    #   @return [String, nil]
    # @!method type
    #   @return [String]
    # @!method source
    #   @return [String]
    # @!method time
    #   @return [Time, nil]
    def_delegators :envelope, :id, :key, :type, :source, :time

    def initialize(incoming, attempt:, cancellation:, log:)
      @data = incoming.data
      @envelope = incoming.envelope
      @redrives = incoming.redrives
      @attempt = attempt
      @cancellation = cancellation
      @log = log
    end
  end
end
