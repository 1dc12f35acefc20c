# frozen_string_literal: true

require_relative "dead_letter"
require_relative "error"
require_relative "headers"
require_relative "key_token"
require_relative "subject"
require_relative "wire_format"

module Concord
  # A message that was read, decoded and found to be handled here. `message` is the {StoredMessage}, `envelope` and
  # `contract` its event's, `data` the protobuf message; `redrives` says how often it was redriven, 0 for an original.
  IncomingEvent = Struct.new(:message, :envelope, :contract, :data, :redrives, keyword_init: true) do
    # The fields that name the event in every log line about it.
    # @return [Hash]
    def log_fields
      {type: contract.type, event_id: envelope.id, source: envelope.source, key: envelope.key,
       correlation_id: envelope.correlation_id, stream: message.stream, sequence: message.sequence,
       redrives: (redrives if redrives.positive?)}.compact
    end
  end

  class << IncomingEvent
    DATA_TYPES = ["application/protobuf", "application/x-protobuf"].freeze
    private_constant :DATA_TYPES

    # Reads a stored message: its contract by subject, its envelope by content type, its data by the contract.
    # @param message [StoredMessage]
    # @param router [Router]
    # @raise [Error] `undecodable`, `invalid_envelope`, `invalid_attribute`, `unsupported_content_type`,
    #   `subject_mismatch`. Repeating does not help: such a message is a dead letter, see {DeadLetter.reason_of}.
    # @return [IncomingEvent, nil] nil when nobody here handles what the subject names
    def read(message, router)
      subject = Subject.parse(message.subject)
      contract = router.find(subject) or return
      envelope = WireFormat.read(message.headers, message.body)
      check_subject(message, subject, contract, envelope)
      new(message:, envelope:, contract:, data: decode_data(message, contract, envelope),
        redrives: DeadLetter.redrives(message.headers))
    end

    private

    def check_subject(message, subject, contract, envelope)
      field = "type" if envelope.type != contract.type
      field ||= "key" if key_token(envelope) != subject.key_token
      return unless field

      raise Error.new(:subject_mismatch, "the subject of #{message} names another #{field} than its envelope", field:)
    end

    # An unescapable key is a mismatch like any other: no subject can name it.
    def key_token(envelope)
      envelope.key && KeyToken.escape(envelope.key)
    rescue Error
      :none
    end

    def decode_data(message, contract, envelope)
      type = envelope.data_content_type
      unless type.nil? || DATA_TYPES.include?(Headers.media_type(type))
        raise Error.new(:unsupported_content_type,
          "the data of #{message} has no content type that is read here; send application/protobuf")
      end
      contract.message_class.decode(envelope.data.to_s)
    rescue Google::Protobuf::ParseError
      raise Error.new(:undecodable, "the data of #{message} is no #{contract.type}")
    end
  end
end
