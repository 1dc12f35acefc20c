# frozen_string_literal: true

require "delegate"
require_relative "../envelope"
require_relative "../error"
require_relative "../headers"
require_relative "../key_token"
require_relative "../message"
require_relative "../subject"
require_relative "../wire_format"
require_relative "codec"

module Concord
  module NatsPubsub
    # A transport through which our services take part in a NatsPubsub system: what they publish of its topics goes out in its
    # JSON under its subjects, what they consume of them is read there. Their subjects name no partition, so all of it is
    # partition 0; a message that cannot be read keeps its bytes and becomes a dead letter.
    class JoinedTransport < SimpleDelegator
      # Their stream as one of ours reads it: its partition 0, or all of it.
      OURS = /(?:\A|\.)(?:evt|cmd)\.[^.]+\.(?:(?:0|\*)\.|>\z)/
      # A delivery whose message is ours.
      JoinedDelivery = Class.new(SimpleDelegator) { attr_accessor :message }
      private_constant :OURS, :JoinedDelivery

      # @param transport [Nats::Transport]
      # @param system [System]
      def initialize(transport, system)
        super(transport)
        @system = system
      end

      # The message id is the event's id, in the header that the broker knows.
      # @see Nats::Publishing#publish
      def publish(message, **options) = super(outgoing(message), **options)

      # @see Nats::Publishing#publish_later
      def publish_later(message, **options, &) = super(outgoing(message), **options, &)

      # @see Nats::LogReader#read
      def read(stream:, filter:, cancellation:, **options)
        return super unless joined?(stream)
        return cancellation.wait unless OURS.match?(filter)

        super(stream: @system.stream, filter: their_filter(stream, filter), cancellation:, **options) do |batch|
          yield(batch.map { |message| incoming(message) })
        end
      end

      # @see Nats::DurableReader#consume
      def consume(stream:, filter:, cancellation:, **options)
        return super unless joined?(stream)
        return cancellation.wait unless OURS.match?(filter)

        super(stream: @system.stream, filter: their_filter(stream, filter), cancellation:, **options) do |delivery|
          yield(JoinedDelivery.new(delivery).tap { |joined| joined.message = incoming(delivery.message) })
        end
      end

      # @see Nats::Transport#stream_state
      def stream_state(stream) = super(their_stream(stream))

      # @see Nats::Transport#get
      def get(stream, sequence) = super(their_stream(stream), sequence)&.then { |message| incoming(message) }

      # @see Nats::Transport#next_message
      def next_message(stream, filter, after)
        return super unless joined?(stream)
        return unless OURS.match?(filter)

        super(@system.stream, their_filter(stream, filter), after)&.then { |message| incoming(message) }
      end

      # @see Nats::Transport#remove
      def remove(stream, sequence) = super(their_stream(stream), sequence)

      private

      def topics_of(stream) = @system.topics.select { |topic| @system.stream_of(topic) == stream }

      def joined?(stream) = topics_of(stream).any?

      def their_stream(stream) = joined?(stream) ? @system.stream : stream

      # One topic is filtered by the broker; of several everything is read and the rest passed over (trap T36).
      def their_filter(stream, filter)
        wanted = topics_of(stream).select { |topic| filter.end_with?(".#{topic.contract.subject_type}") }
        wanted.one? ? @system.subject_of(wanted.first) : "#{@system.environment}.>"
      end

      def outgoing(message)
        subject = Subject.parse(message.subject) unless Subject.split_service(message.subject)
        topic = subject && topics_of(message.stream).find { |one| one.contract.subject_type == subject.type } or return message
        envelope = WireFormat.read(Headers.normalize(message.headers), message.body)
        headers, body = Codec.write(envelope, topic)
        OutgoingMessage.new(stream: @system.stream, subject: @system.subject_of(topic), message_id: envelope.id, headers:, body:)
      end

      def incoming(message)
        topic = @system.topics.find { |one| @system.subject_of(one) == message.subject } if message.stream == @system.stream
        return message unless topic

        envelope = Codec.read(message.body, topic)
        key_token = envelope.key && KeyToken.escape(envelope.key)
        ours(message, topic, key_token:, body: envelope.encode,
          headers: message.headers.merge(Headers::CONTENT_TYPE => Headers::ENVELOPE))
      rescue Error
        ours(message, topic)
      end

      def ours(message, topic, key_token: nil, **changes)
        contract = topic.contract
        subject = Subject.new(namespace: @system.namespace, tree: contract.tree, stream: contract.stream, partition: 0,
          key_token:, type: contract.subject_type)
        StoredMessage.new(**message.to_h, stream: @system.stream_of(topic), subject: subject.to_s, **changes)
      end
    end
  end
end
