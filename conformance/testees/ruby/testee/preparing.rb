# frozen_string_literal: true

require "concord"
require "testee/fixtures"

module Testee
  # Makes the preparers of publications: ids, source and trace are the case's where it names them.
  class Preparing
    # Gives one id again and again.
    Fixed = Struct.new(:next)
    private_constant :Fixed

    # @param session [Session]
    def initialize(session)
      @session = session
      @contract = Fixtures.service(session.settings.service)
      @ids = Concord::Ids.new(clock: session.clock, random: session.random)
    end

    # @param event [Concord::Proto::Conformance::V1::Event, nil]
    # @param span [String, nil] a traceparent: publishes within that span
    # @return [Concord::EventPreparer]
    def preparer(event = nil, span: nil)
      settings = @session.settings
      trace = span && -> { Concord::TraceContext.parse(span, (event.tracestate if event&.has_tracestate?)) }
      Concord::EventPreparer.new(service: settings.service, source: source(event), namespace: settings.namespace,
        sends: @contract&.sends, clock: @session.clock, ids: event&.has_id? ? Fixed.new(event.id) : @ids,
        max_payload_bytes: @session.method(:max_payload_bytes), **(trace ? {current_trace: trace} : {}))
    end

    # @return [String] written as the source of an event
    def source(event = nil)
      return event.source if event&.has_source?

      @session.settings.source || @contract&.source || "/conformance/#{@session.settings.service}"
    end

    # Publishes an event with a verb of `scope`.
    # @param scope [#publish, #send_command]
    # @return [String] its id
    def publish(scope, event)
      message = message_of(event)
      verb = Concord::Contract.event(message.class).command? ? :send_command : :publish
      scope.public_send(verb, message, **options_of(event))
    end

    # @return [Google::Protobuf::AbstractMessage]
    def message_of(event)
      Fixtures.message(event.type).decode(Protocol.bytes(event.data).to_s)
    end

    private

    def options_of(event)
      options = {attributes: event.attributes.to_h}
      options[:time] = Protocol.time(event.time) if event.has_time?
      %i[key idempotency_key correlation_id].each do |name|
        options[name] = event[name.to_s] if event.public_send(:"has_#{name}?")
      end
      options
    end
  end
end
