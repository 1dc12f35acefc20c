# frozen_string_literal: true

require_relative "backoff"
require_relative "clock"
require_relative "error"
require_relative "event_preparer"

module Concord
  # Publishes straight to the broker, for services without a database. Around a crash an event may be lost, or stored twice
  # outside the broker's dedupe window; order per key holds among publications that wait for each other.
  class Publisher
    Waits = Struct.new(:initial_ms, :max_ms)
    RETRY = Waits.new(50, 2_000).freeze
    TRANSIENT = %i[unavailable deadline_exceeded resource_exhausted].freeze
    # How long one sending waits for its answer before it is repeated.
    LONGEST_WAIT_MS = 5_000
    private_constant :Waits, :RETRY, :TRANSIENT, :LONGEST_WAIT_MS

    # @return [nil] there is no database, see {Outbox::Scope#db}
    attr_reader :db

    # @param transport [#publish]
    # @param preparer [EventPreparer]
    # @param deadline_ms [Integer] how long a publication is repeated while the broker is away; default 30,000
    # @param cause [Envelope, nil] the event being handled
    # @param cancellation [Cancellation, nil] publications after it are refused
    def initialize(transport:, preparer:, deadline_ms: 30_000, clock: Clock.new, random: Random.new, cause: nil,
      cancellation: nil)
      @transport = transport
      @preparer = preparer
      @deadline_ms = deadline_ms
      @clock = clock
      @random = random
      @cause = cause
      @cancellation = cancellation
    end

    # Publishes an event; returns when the broker has stored it.
    # @param message [Google::Protobuf::AbstractMessage]
    # @param options [Hash] see {EventPreparer#prepare}
    # @raise [Error] `unavailable`, `deadline_exceeded`, `resource_exhausted` when it was not acknowledged in time: it may
    #   be stored all the same. Further as {EventPreparer#prepare} and {Nats::Publishing#publish}
    # @return [String] the event's id
    def publish(message, **options) = deliver(@preparer.prepare(message, verb: :publish, cause: @cause, **options))

    # Sends a command; returns when the broker has stored it.
    # @return [String] its id
    def send_command(message, **options) = deliver(@preparer.prepare(message, verb: :send, cause: @cause, **options))

    # Publishes several events, in the order given.
    # @return [Array<String>] their ids
    def publish_all(messages, **options)
      messages.map { |message| @preparer.prepare(message, verb: :publish, cause: @cause, **options) }
        .map { |prepared| deliver(prepared) }
    end

    # The same verbs for what is published while an event is handled: it is named as their cause.
    # @param cause [Envelope]
    # @param cancellation [Cancellation, nil]
    # @return [Publisher]
    def caused_by(cause, cancellation: nil)
      Publisher.new(transport: @transport, preparer: @preparer, deadline_ms: @deadline_ms, clock: @clock,
        random: @random, cause:, cancellation:)
    end

    private

    # Repeats what the broker did not acknowledge, with the same message id, until the deadline.
    def deliver(prepared)
      ends_at_ms = @clock.monotonic_ms + @deadline_ms
      message = prepared.to_message
      attempt = 0
      begin
        @cancellation&.check!
        left_ms = ends_at_ms - @clock.monotonic_ms
        @transport.publish(message, timeout_ms: left_ms.clamp(1, LONGEST_WAIT_MS), cancellation: @cancellation)
        prepared.envelope.id
      rescue Error => error
        delay_ms = Backoff.delay_ms(RETRY, attempt += 1, @random.rand)
        raise unless TRANSIENT.include?(error.code)
        raise given_up(prepared, error) if @clock.monotonic_ms + delay_ms >= ends_at_ms

        @clock.sleep(delay_ms, @cancellation)
        retry
      end
    end

    # The last refusal says more than that time is up.
    def given_up(prepared, error)
      id = prepared.envelope.id
      Error.new(error.code, "#{prepared.contract.type} #{id} was not acknowledged within #{@deadline_ms} ms " \
        "(#{error.code}); it may be stored all the same", id:)
    end
  end
end
