# frozen_string_literal: true

require_relative "../error"
require_relative "field_path"
require_relative "options"
require_relative "retry_policy"
require_relative "stream_contract"

module Concord
  module Contract
    # What the contract says about one event or command, with every default applied.
    class EventContract
      # @return [Class] the generated message
      attr_reader :message_class
      # @return [String] full protobuf name of the message
      attr_reader :type
      # @return [Symbol] `:event`, a fact for whoever wants it, or `:command`, a request to one service
      attr_reader :kind
      # @return [String] the service that publishes the event, or that the command is sent to
      attr_reader :owner
      # @return [String] first token of its subjects, `evt` or `cmd`
      attr_reader :tree
      # @return [String] second token of its subjects: the stream's name for an event, the owner's for a command
      attr_reader :stream
      # @return [StreamContract] settings of that stream
      attr_reader :stream_contract
      # @return [String] last tokens of its subjects: the full name, or the contract's override
      attr_reader :subject_type
      # @return [RetryPolicy] how failed attempts are repeated
      attr_reader :retry_policy
      # @return [Integer] how long its dead letters are kept, in milliseconds; default 30 days
      attr_reader :dead_letter_retention_ms
      # @return [Boolean] whether the contract names fields for the business operation
      attr_reader :names_operation
      alias_method :names_operation?, :names_operation

      # @raise [Error] `invalid_contract`
      def initialize(message_class)
        descriptor = message_class.descriptor
        unless Options.set?(:event, descriptor.options)
          raise Error.new(:invalid_contract, "#{descriptor.name} is no event; set option (concord.event.v1.event)")
        end

        options = Options.get(:event, descriptor.options)
        raise Error.new(:invalid_contract, "#{descriptor.name} names no owner") if options.owner.empty?

        @message_class = message_class
        @type = descriptor.name
        read_place(options, StreamContract.new(descriptor.file_descriptor))
        read_policies(options)
        read_keys(options, descriptor)
        freeze
      end

      # @return [Integer] number of partitions of its stream
      def partitions = stream_contract.partitions

      # @return [Boolean]
      def command? = kind == :command

      # Gives the text that orders and partitions a message.
      # @return [String, nil] nil when its key field is unset or there is none
      def key_of(message)
        @key&.text(message)
      end

      # Names the business operation of a message.
      # @raise [Error] `invalid_data` when one of the fields is unset
      # @return [String, nil] nil when the contract names no fields for it
      def idempotency_key_of(message)
        return unless names_operation?

        FieldPath.join(@idempotency.map { |path| path.text(message) || refuse_unset(path) })
      end

      private

      def read_place(options, stream)
        @kind = (options.kind == :EVENT_KIND_COMMAND) ? :command : :event
        @owner = options.owner
        @tree = command? ? "cmd" : "evt"
        @stream = command? ? owner : stream.name
        @stream_contract = stream
        @subject_type = options.subject.empty? ? type : options.subject
      end

      def read_policies(options)
        @retry_policy = RetryPolicy.from(options.retry)
        letter = options.dead_letter
        days = letter&.has_retention_days? ? letter.retention_days : 30
        @dead_letter_retention_ms = days * StreamContract::DAY_MS
      end

      def read_keys(options, descriptor)
        @key = FieldPath.new(descriptor, options.key) unless options.key.empty?
        @idempotency = options.idempotency.map { |path| FieldPath.new(descriptor, path) }
        @names_operation = @idempotency.any?
      end

      def refuse_unset(field)
        violation = {field: field.path, rule: "required", message: "names the business operation, so it must be set"}
        raise Error.new(:invalid_data, "#{type} needs #{field.path}: it names the business operation",
          violations: [violation])
      end
    end
  end
end
