# frozen_string_literal: true

require "concord"
require "testee/case_clock"
require "testee/case_log"
require "testee/consuming"
require "testee/points"
require "testee/preparing"
require "testee/relaying"
require "testee/runs"
require "testee/settings"
require "testee/storage"
require "testee/transactions"

module Testee
  # Everything between one `configure` and the next.
  class Session
    # Work under way ends soon when the next case comes.
    CLOSE_TIMEOUT_MS = 200
    private_constant :CLOSE_TIMEOUT_MS

    attr_reader :settings, :clock, :random, :log, :points, :runs, :storage, :preparing, :transactions, :relaying, :consuming

    # @param asked [Concord::Proto::Conformance::V1::ConfigureRequest]
    # @param report [#call]
    def initialize(asked, report)
      @settings = Settings.new(asked)
      @clock = CaseClock.new(settings.start_ms)
      @random = Random.new(settings.seed)
      @log = CaseLog.new(report)
      @points = Points.new(report)
      @storage = Storage.open(settings.database_url)
      @runs = Runs.new(report, !storage.nil?)
      @lock = Mutex.new
      @preparing = Preparing.new(self)
      @relaying = Relaying.new(self)
      @transactions = Transactions.new(self)
      @consuming = Consuming.new(self)
      @report = report
      transport unless settings.broker_url.empty?
    end

    # The case's broker, connected when it is first asked for. What is sent goes in the case's format.
    # @raise [Concord::Error] `config` when the case names none, `unsupported` for another than NATS
    def transport
      @lock.synchronize { @transport ||= connect }
    end

    # @return [Integer] of the broker, once it is known
    def max_payload_bytes
      @transport&.max_payload_bytes || Concord::EventPreparer::DEFAULT_MAX_PAYLOAD_BYTES
    end

    # The outbox of the session's database.
    # @param preparer [Concord::EventPreparer]
    # @return [Concord::Outbox]
    def outbox(preparer = preparing.preparer)
      Concord::Outbox.new(stores: storage.stores, preparer:, wake: relaying.method(:wake), probe: points)
    end

    # Which partitions are this replica's.
    def share
      @share ||= storage.leased? ? leased_share : Concord::Lease::WholeShare.new
    end

    # What answers calls. Loaded when a case calls, as most do not.
    def serving
      @serving ||= begin
        require "testee/rpc_serving"
        RpcServing.new(self, @report)
      end
    end

    # Stops consuming and serving in order.
    def drain(timeout_ms)
      consuming.drain(timeout_ms)
      @serving&.close
    end

    # @param timeout_ms [Integer] what runs may finish; default: soon, as the next case comes
    def close(timeout_ms = CLOSE_TIMEOUT_MS)
      points.release_all
      drain(timeout_ms)
      relaying.stop
      transactions.close
      @transport&.close
      storage&.close
    end

    private

    def connect
      raise Concord::Error.new(:config, "the case names no broker") if settings.broker_url.empty?
      unless settings.broker_url.start_with?("nats:")
        raise Concord::Error.new(:unsupported, "the Ruby SDK knows no broker but NATS")
      end

      require "concord/nats"
      require "concord/formatted_transport"
      transport = Concord::Nats.connect(settings.broker_url, name: settings.service, clock:)
      return join_foreign(transport) if settings.foreign?

      (settings.format == :envelope) ? transport : Concord::FormattedTransport.new(transport, settings.format)
    end

    # The case makes their stream, `[ns-]foreign`, with the subjects below the namespace.
    def join_foreign(transport)
      namespace = settings.namespace
      Concord::NatsPubsub.join(transport, environment: namespace || "test", topics: [CodecOps::FOREIGN_TOPIC], namespace:,
        stream: [namespace, "foreign"].compact.join("-"))
    end

    def leased_share
      owner = Concord::Ids.new(clock:).next
      ttl = settings.lease_ttl_ms ? {ttl_ms: settings.lease_ttl_ms} : {}
      Concord::Lease::LeasedShare.new(store: storage.stores.lease, owner:, clock:, log:, probe: points, **ttl)
    end
  end
end
