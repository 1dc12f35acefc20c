# frozen_string_literal: true

require_relative "../partition"
require_relative "../subject"

module Concord
  class Outbox
    # A message to be stored with the business rows that it speaks of. `key` is the escaped one: entries of one key are sent
    # in the order of their commits; nil for no order. `head` is the whole body, or with a `tail` its part before the
    # sequence: the store then writes `head`, envelope field 6 with the row's id, `tail`. `type` and `event_id` are for
    # people who look at the table.
    Entry = Struct.new(:partition, :key, :stream, :subject, :message_id, :headers, :type, :event_id, :head, :tail,
      keyword_init: true) do
      # Gives a prepared event. With a key the store adds the sequence to its body.
      # @param prepared [PreparedEvent]
      def self.of_event(prepared)
        new(partition: Partition.of(prepared.key_token || prepared.envelope.id, PARTITIONS), key: prepared.key_token,
          stream: prepared.stream, subject: prepared.subject, message_id: prepared.message_id, headers: prepared.headers,
          type: prepared.contract.type, event_id: prepared.envelope.id, head: prepared.head, tail: prepared.tail)
      end

      # Gives a message that is no publication of this service, such as a dead letter. Dead letters of one key are sent in
      # order, in a line of their own: one that cannot be sent holds back no event of that key.
      # @param message [OutgoingMessage]
      # @param event_id [String] empty where it could not be read
      def self.of_dead_letter(message, event_id: "")
        parts = Subject.parse(message.subject)
        key = parts&.key_token && "dlq-#{Partition.of(parts.key_token, HASHES)}"
        new(partition: Partition.of(key || message.message_id, PARTITIONS), key:, stream: message.stream,
          subject: message.subject, message_id: message.message_id, headers: message.headers, type: parts&.type.to_s,
          event_id:, head: message.body)
      end
    end

    # Number of partitions that every service's outbox is relayed in. Fixed: rows are stored with theirs.
    PARTITIONS = 16

    # As many lines as the hash can tell apart: two keys that share one only share its order.
    HASHES = 2**32
    private_constant :HASHES
  end
end
