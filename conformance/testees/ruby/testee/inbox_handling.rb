# frozen_string_literal: true

require "concord"
require "testee/fixtures"
require "testee/protocol"

module Testee
  # Handles one message as if it had been read from the stream.
  class InboxHandling
    # @param session [Session]
    # @param asked [Concord::Proto::Conformance::V1::InboxHandleRequest]
    def initialize(session, asked)
      @session = session
      @asked = asked
      @headers = Protocol.headers(asked.headers)
      @body = Protocol.bytes(asked.body).to_s
    end

    # @return [Concord::Consumer::Outcome]
    def outcome
      consuming = @session.consuming
      router = consuming.router_of([type])
      handling = consuming.handling(router, @asked.script)
      inbox = consuming.inbox(router)
      begin
        event = router.decode(message)
      rescue Concord::Error => error
        return inbox.reject(message, error)
      end
      event ? inbox.process(event.for_attempt(1, Concord::Cancellation.new), &handling.method(:call)) : Concord::Consumer::DONE
    end

    private

    def message
      @message ||= Concord::StoredMessage.new(headers: @headers, body: @body, sequence: @asked.seq, subject:,
        stream: Concord::Subject.stream_name("evt", "counted", namespace: @session.settings.namespace),
        stored_at_ms: @session.clock.now_ms)
    end

    def subject
      return @asked.subject unless @asked.subject.empty?

      key_token = envelope.key && Concord::KeyToken.escape(envelope.key)
      partition = Concord::Partition.of(key_token || envelope.id, 8)
      Concord::Subject.new(namespace: @session.settings.namespace, tree: "evt", stream: "counted", partition:, key_token:,
        type: envelope.type).to_s
    end

    def type
      Concord::Subject.parse(@asked.subject)&.type || envelope.type
    rescue Concord::Error
      Fixtures::DEFAULT_TYPE
    end

    def envelope
      @envelope ||= Concord::WireFormat.read(@headers, @body)
    end
  end
end
