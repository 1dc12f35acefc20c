# frozen_string_literal: true

require_relative "contract"
require_relative "subject"
require_relative "nats_pubsub/codec"
require_relative "nats_pubsub/joined_transport"

module Concord
  # The wire of NatsPubsub systems, so that our services can consume from theirs and publish to them.
  module NatsPubsub
    # One kind of event as both systems name it: its `name` there, such as `order.created`, the `application` that publishes
    # it, the second token of their subjects, and our message, whose JSON their `message` is.
    Topic = Struct.new(:name, :application, :message_class, keyword_init: true) do
      # @return [Contract::EventContract]
      def contract = @contract ||= Contract.event(message_class)
    end

    # A system of NatsPubsub services, as seen from one of ours: the first token of its subjects, such as `production`; the
    # broker's name of its stream, which exists already; its topics; the prefix of our own subjects.
    System = Struct.new(:environment, :stream, :topics, :namespace, keyword_init: true) do
      # @param topic [Topic]
      # @return [String] their subject
      def subject_of(topic) = "#{environment}.#{topic.application}.#{topic.name}"

      # @param topic [Topic]
      # @return [String] the broker's name of our stream that the topic stands for
      def stream_of(topic) = Subject.stream_name(topic.contract.tree, topic.contract.stream, namespace:)
    end

    # Lets our services take part in a NatsPubsub system through a transport.
    # @param transport [Nats::Transport]
    # @param environment [String]
    # @param stream [String]
    # @param topics [Array<Topic, Hash>]
    # @param namespace [String, nil]
    # @return [JoinedTransport]
    def self.join(transport, environment:, stream:, topics:, namespace: nil)
      topics = topics.map { |topic| topic.is_a?(Topic) ? topic : Topic.new(**topic) }
      JoinedTransport.new(transport, System.new(environment:, stream:, topics:, namespace:))
    end
  end
end
