# frozen_string_literal: true

require_relative "contract"
require_relative "envelope"
require_relative "headers"
require_relative "key_token"
require_relative "message"
require_relative "partition"
require_relative "subject"
require_relative "trace_context"

module Concord
  # An event or command, checked and encoded, that only needs to be stored or sent. `stream` is the broker's name,
  # `head` the body's bytes before the sequence and `tail` those behind it; without a key there is no sequence and no
  # tail.
  PreparedEvent = Struct.new(:contract, :envelope, :stream, :subject, :key_token, :message_id, :headers, :head, :tail,
    keyword_init: true) do
    # @return [String] the whole body of an event that gets no sequence
    def body = tail ? head + tail : head

    # Gives the event as one message, for those who send it without an outbox.
    # @return [OutgoingMessage]
    def to_message
      OutgoingMessage.new(stream:, subject:, message_id:, headers:, body:)
    end
  end

  # Turns events of contracts into messages, for one service: the one place where envelope, subject and message id come
  # from.
  class EventPreparer
    # Bytes of a broker's limit that are left free, for the headers that a dead letter adds (conformance F17).
    RESERVED_BYTES = 16_384
    # Largest body plus headers that a broker takes as long as none has said another.
    DEFAULT_MAX_PAYLOAD_BYTES = 1_048_576
    # Most bytes that the outbox adds when it writes the sequence: tag and varint of an id below 2^63.
    SEQUENCE_BYTES = 10
    private_constant :SEQUENCE_BYTES

    # @return [String] the service that publishes
    attr_reader :service
    # @return [String] URI-reference written as the source of its events
    attr_reader :source
    # @return [String, nil] prefix that keeps systems on one broker apart
    attr_reader :namespace

    # @param service [String] it may publish only events that it owns
    # @param source [String] such as `/shop/orders`
    # @param ids [#next] gives a new UUIDv7 at each call
    # @param clock [Clock]
    # @param sends [Array<String>, nil] full names of the commands that it may send; nil for any
    # @param validate [#call] gives the violations of a message, see {Service}; default: none
    # @param max_payload_bytes [#call] asked anew for each event
    # @param current_trace [#call] gives the {TraceContext} that is active now, or nil; default: that of the thread
    def initialize(service:, source:, ids:, clock: Clock.new, namespace: nil, sends: nil, validate: ->(_message) { [] },
      max_payload_bytes: -> { DEFAULT_MAX_PAYLOAD_BYTES }, current_trace: TraceContext.method(:current))
      @service = Subject.check_name(:service, service)
      @source = source
      @ids = ids
      @clock = clock
      @namespace = namespace && Subject.check_namespace(namespace)
      @sends = sends
      @validate = validate
      @max_payload_bytes = max_payload_bytes
      @current_trace = current_trace
    end

    # @param message [Google::Protobuf::AbstractMessage] an event or command
    # @param verb [Symbol] `:publish` for events, `:send` for commands
    # @param cause [Envelope, nil] the event being handled
    # @param key [String, nil] replaces that of the contract
    # @param idempotency_key [String, nil] replaces that of the contract
    # @param time [Time, nil] when the fact happened; default now
    # @param correlation_id [String, nil] default: that of the cause, else the event's own id
    # @param attributes [Hash{String => String}]
    # @param id [String, nil] default: a new one
    # @raise [Error] `invalid_data` with all violations, `invalid_key`, `invalid_attribute`, `invalid_argument` (wrong
    #   verb), `failed_precondition` (not this service's to publish), `too_large`
    # @return [PreparedEvent]
    def prepare(message, verb: :publish, cause: nil, key: nil, idempotency_key: nil, time: nil, correlation_id: nil,
      attributes: {}, id: nil)
      contract = Contract.event(message.class)
      check_right(contract, verb)
      operation = check_data(contract, message, idempotency_key)
      # An empty key is a wrong key before it is a wrong field of an envelope.
      KeyToken.escape(key) if key&.empty?
      id ||= @ids.next
      trace = @current_trace.call || TraceContext.parse(cause&.traceparent, cause&.tracestate)
      envelope = Envelope.new(id:, source:, type: contract.type, time: time || now, key: key || contract.key_of(message),
        idempotency_key: operation, traceparent: trace&.traceparent, tracestate: trace&.tracestate,
        correlation_id: correlation_id || cause&.correlation_id || cause&.id || id, causation_id: cause&.id,
        data: message.class.encode(message), attributes:)
      assemble(contract, envelope, trace)
    end

    # Makes the message of an envelope that exists already.
    # @param contract [Contract::EventContract]
    # @raise [Error] `invalid_key`, `too_large`
    # @return [PreparedEvent]
    def assemble(contract, envelope, trace = nil)
      key_token = envelope.key && KeyToken.escape(envelope.key)
      head, tail = envelope.key ? envelope.encode_parts : [envelope.encode, nil]
      check_size(contract, envelope.id, head.bytesize + (tail ? tail.bytesize + SEQUENCE_BYTES : 0))
      PreparedEvent.new(contract:, envelope:, key_token:, head:, tail:,
        stream: Subject.stream_name(contract.tree, contract.stream, namespace:),
        subject: subject_of(contract, envelope, key_token).to_s,
        message_id: MessageId.event(envelope.source, envelope.id), headers: headers_of(trace))
    end

    private

    def check_right(contract, verb)
      right = contract.command? ? :send : :publish
      unless verb == right
        raise Error.new(:invalid_argument, "#{contract.type} is #{contract.command? ? "a command" : "an event"}; " \
          "use #{contract.command? ? "send_command" : "publish"} for it")
      end
      return if contract.owner == service

      refuse_foreign(contract) if !contract.command? || (@sends && !@sends.include?(contract.type))
    end

    def refuse_foreign(contract)
      reason = contract.command? ? "name it in \"sends\" of its contract" : "it belongs to #{contract.owner}"
      raise Error.new(:failed_precondition, "#{service} cannot publish #{contract.type}: #{reason}",
        type: contract.type, owner: contract.owner)
    end

    # Finds every violation at once, that of an unset idempotency field included, and gives the idempotency key.
    def check_data(contract, message, idempotency_key)
      violations = @validate.call(message).to_a
      begin
        operation = idempotency_key || contract.idempotency_key_of(message)
      rescue Error => error
        violations += error.details.fetch(:violations) { raise error }
      end
      return operation if violations.empty?

      rules = violations.map { |violation| "#{violation[:field]} #{violation[:message]}".strip }.join("; ")
      raise Error.new(:invalid_data, "#{contract.type} breaks its contract: #{rules}", violations:)
    end

    # Checks that an event fits the broker before it is stored, and not when it is sent (trap T17).
    def check_size(contract, id, bytes)
      limit = @max_payload_bytes.call - RESERVED_BYTES
      return if bytes <= limit

      raise Error.new(:too_large, "#{contract.type} #{id} takes #{bytes} bytes and the broker leaves room for " \
        "#{limit}; store the content elsewhere and publish its address",
        type: contract.type, id:, bytes:, limit_bytes: limit)
    end

    def subject_of(contract, envelope, key_token)
      Subject.new(namespace:, tree: contract.tree, stream: contract.stream, key_token:, type: contract.subject_type,
        partition: Partition.of(key_token || envelope.id, contract.partitions))
    end

    def headers_of(trace)
      headers = {Headers::CONTENT_TYPE => Headers::ENVELOPE}
      return headers unless trace

      headers[Headers::TRACEPARENT] = trace.traceparent
      headers[Headers::TRACESTATE] = trace.tracestate if trace.tracestate
      headers
    end

    def now
      milliseconds = @clock.now_ms
      Time.at(milliseconds / 1000, milliseconds % 1000, :millisecond, in: "UTC")
    end
  end
end
