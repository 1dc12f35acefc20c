# frozen_string_literal: true

require "concord"
require "concord/dead_letters"
require "concord/publisher"
require "concord/stream_specs"
require "testee/fixtures"
require "testee/inbox_handling"
require "testee/protocol"

module Testee
  # Ops that work on what `configure` set up. Each takes what is asked and gives the fields of its reply.
  class SessionOps
    WORDS = {done: "handled", duplicate: "duplicate", parked: "retry", retry: "retry", dead: "dead"}.freeze
    # Keeps the broker's last answer, which the SDK's verbs do not give.
    Noting = Struct.new(:transport, :ack) do
      def publish(...) = self.ack = transport.publish(...)
    end
    private_constant :WORDS, :Noting

    # @param session [Session]
    def initialize(session)
      @session = session
    end

    def provision(asked)
      contracts = Fixtures.contracts(asked.fixture)
      settings = @session.settings
      specs = Concord::StreamSpecs.of(settings.service, handled: contracts, namespace: settings.namespace,
        owner: @session.storage&.stores&.identity&.read)
      report = @session.transport.provision(specs)
      {changes: report.changes.map { |sentence| change(sentence) }.uniq, warnings: report.warnings.map { "stream_kept" }}
    end

    def publish(asked)
      transport = Noting.new(@session.transport)
      span = asked.in_span unless asked.in_span.empty?
      results = asked.events.map do |event|
        publisher = Concord::Publisher.new(transport:, preparer: @session.preparing.preparer(event, span:),
          clock: @session.clock, random: @session.random, **(asked.has_timeout_ms? ? {deadline_ms: asked.timeout_ms} : {}))
        id = @session.preparing.publish(publisher, event)
        {id:, stream: transport.ack.stream, seq: transport.ack.sequence, duplicate: transport.ack.duplicate}
      end
      {results: results.map { |fields| Messages::Published.new(fields) }}
    end

    def subscribe(asked)
      @session.consuming.subscribe(asked.types, asked.script)
      {}
    end

    def drain(asked)
      @session.drain(asked.has_timeout_ms? ? asked.timeout_ms : nil)
      {}
    end

    def rpc_serve(_asked) = @session.serving.serve

    def rpc_call(asked)
      require "testee/rpc_calling"
      RpcCalling.new.call(asked)
    end

    def redrive(asked)
      letters = Concord::DeadLetters.new(@session.transport, asked.service, namespace: @session.settings.namespace)
      return {} if letters.redrive(sequence: asked.seq).positive?

      raise Concord::Error.new(:not_found, "#{asked.service} has no dead letter #{asked.seq}")
    end

    def crash_at(asked)
      @session.points.arm(asked.point, [asked.nth, 1].max)
      {}
    end

    def release(asked)
      @session.points.release(asked.point)
      {}
    end

    def outbox_begin(asked)
      @session.transactions.begin(asked.tx)
      {}
    end

    def outbox_publish(asked) = {ids: @session.transactions.publish(asked.tx, asked.events.to_a)}

    def outbox_commit(asked)
      @session.transactions.commit(asked.tx)
      {}
    end

    def outbox_rollback(asked)
      @session.transactions.rollback(asked.tx)
      {}
    end

    def outbox_release(asked)
      raise BadRequest, "an outbox needs a database" unless @session.storage
      return {} if @session.storage.stores.outbox.release(asked.row.to_i)

      raise Concord::Error.new(:not_found, "no row #{asked.row} is quarantined")
    end

    def relay_run(asked)
      return @session.relaying.until_idle unless asked.until == "stop"

      @session.relaying.start
      {published: 0, quarantined: 0}
    end

    def relay_stop(_asked) = @session.relaying.stop

    def inbox_handle(asked)
      raise BadRequest, "an inbox needs a database" unless @session.storage

      {outcome: WORDS.fetch(InboxHandling.new(@session, asked).outcome.kind)}
    end

    def dump(_asked)
      status = @session.consuming.status
      {outbox: rows("concord_outbox", "id"), inbox: rows("concord_inbox", "source, event_id"),
       parked: rows("concord_parked", "stream, sequence"), leases: rows("concord_lease", "scope, partition"),
       slots: status[:running], buffered: status[:buffered]}
    end

    private

    # The SDK's sentences begin with the stream's name.
    def change(sentence)
      name = sentence[/\Astream (\S+?):/, 1]
      "#{sentence.include?("made with") ? "created" : "updated"} #{name}"
    end

    def rows(table, order)
      return [] unless @session.storage

      @session.storage.database.query("SELECT * FROM #{table} ORDER BY #{order}").map do |row|
        fields = row.to_h { |name, value| [name.to_s, value(value)] }
        Google::Protobuf::Struct.new(fields:)
      end
    end

    # Numbers as strings, bytes as hex, so that all languages say the same.
    def value(value)
      case value
      when nil then Google::Protobuf::Value.new(null_value: :NULL_VALUE)
      when true, false then Google::Protobuf::Value.new(bool_value: value)
      when Sequel::SQL::Blob then Protocol.hex(value)
      when String
        (value.encoding == Encoding::BINARY) ? Protocol.hex(value) : Google::Protobuf::Value.new(string_value: value)
      when Hash, Array then Google::Protobuf::Value.new(string_value: JSON.generate(value))
      else Google::Protobuf::Value.new(string_value: value.to_s)
      end
    end
  end
end
