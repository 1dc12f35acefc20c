# frozen_string_literal: true

require_relative "../dead_letter"
require_relative "../headers"
require_relative "../store/base"
require_relative "../store/inbox_store"
require_relative "../subject"

module Concord
  class Inbox
    # What events, places and partitions are called in the tables.
    module Identity
      module_function

      # An event for one consumer is its source and id (conformance F15).
      # @return [Store::InboxRef]
      def event(consumer, event)
        time = event.envelope.time
        Store::InboxRef.new(consumer:, source: event.source, event_id: event.id, time_ms: time && ((time.to_i * 1_000) + (time.nsec / 1_000_000)))
      end

      # A message whose event cannot be told, or not be claimed any more, is the place where it first stood. No event has
      # such a source: a URI-reference holds no `#` within its fragment.
      # @return [Store::InboxRef]
      def place(consumer, message)
        original = original(message)
        Store::InboxRef.new(consumer:, source: "###{original.stream}",
          event_id: "#{partition_of(original)}/#{original.sequence}")
      end

      # The partition in which an event waits.
      # @return [Store::PartitionRef]
      def partition(consumer, message) = Store::PartitionRef.new(consumer, message.stream, partition_of(message))

      # Gives the message as it first stood in its stream: a redrive brings its place along. Others are given as they are.
      # @return [StoredMessage]
      def original(message)
        place = Subject.split_service(message.subject)
        stream = message.headers[Headers::STREAM]
        sequence = DeadLetter.count(message.headers[Headers::SEQUENCE])
        return message unless place && place[:tree] == "rdr" && stream && sequence

        message.dup.tap do |original|
          original.stream = stream
          original.sequence = sequence
          original.subject = place[:subject]
        end
      end

      def partition_of(message) = Subject.parse(message.subject)&.partition || 0
    end
  end
end
