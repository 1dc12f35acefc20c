# frozen_string_literal: true

require "google/protobuf"
require_relative "../contract"
require_relative "../dead_letter"
require_relative "../error"
require_relative "../headers"
require_relative "../key_token"
require_relative "../subject"
require_relative "../wire_format"
require_relative "event"

module Concord
  module Consumer
    # Leads messages to their handlers: reads the envelope by content type, the contract by subject, the data by the
    # contract.
    class Router
      DATA_TYPES = %w[application/protobuf application/x-protobuf].freeze
      private_constant :DATA_TYPES

      # @return [Array<Contract::EventContract>] everything that is handled, in the order of registration
      attr_reader :contracts

      def initialize
        @contracts = []
        @routes = {}
        @handlers = {}
      end

      # Handles an event or command.
      # @param message_class [Class]
      # @yieldparam event [Event]
      # @yieldparam tx [Outbox::Scope, nil]
      # @raise [Error] `config` for a second handler of one type, `invalid_contract` when the message is no event
      def on(message_class, &handler)
        contract = Contract.event(message_class)
        raise Error.new(:config, "#{contract.type} has a handler already; keep one") if @handlers.key?(contract.type)

        @contracts << contract
        ((@routes[contract.subject_type] ||= {})[contract.stream] ||= {})[contract.tree] = contract
        @handlers[contract.type] = handler
        self
      end

      # Finds the contract of what a subject names. A type counts only in its own stream: elsewhere the same name is
      # somebody else's.
      # @param subject [Subject, nil]
      # @return [Contract::EventContract, nil] nil for what nobody here handles, which is skipped (conformance F13)
      def find(subject)
        subject && @routes.dig(subject.type, subject.stream, subject.tree)
      end

      # Runs the handler of an event.
      def call(event, tx)
        @handlers.fetch(event.contract.type).call(event, tx)
      end

      # Reads a stored message.
      # @param message [StoredMessage]
      # @param subject [Subject, nil] that of the message, where it was read before
      # @return [Event, nil] nil when nobody here handles what the subject names
      # @raise [Error] `undecodable`, `invalid_envelope`, `invalid_attribute`, `unsupported_content_type`,
      #   `subject_mismatch`. Repeating does not help: such a message is a dead letter.
      def decode(message, subject = Subject.parse(message.subject))
        contract = find(subject) or return
        envelope = WireFormat.read(message.headers, message.body)
        check_subject(message, subject, contract, envelope)
        Event.new(message:, subject:, envelope:, contract:, data: decode_data(message, contract, envelope),
          redrives: DeadLetter.redrives(message.headers))
      end

      private

      def check_subject(message, subject, contract, envelope)
        raise mismatch(message, "type") unless envelope.type == contract.type
        raise mismatch(message, "key") unless key_token(envelope) == subject.key_token
      end

      # An unescapable key is a mismatch like any other: no subject can name it.
      def key_token(envelope)
        envelope.key && KeyToken.escape(envelope.key)
      rescue Error
        KeyToken::NONE
      end

      def mismatch(message, field)
        Error.new(:subject_mismatch, "the subject of #{message} names another #{field} than its envelope", field:)
      end

      def decode_data(message, contract, envelope)
        type = envelope.data_content_type
        unless type.nil? || DATA_TYPES.include?(Headers.media_type(type))
          raise Error.new(:unsupported_content_type,
            "the data of #{message} has no content type that is read here; send application/protobuf")
        end
        contract.message_class.decode(envelope.data || "")
      rescue Google::Protobuf::ParseError
        raise Error.new(:undecodable, "the data of #{message} is no #{contract.type}")
      end
    end
  end
end
