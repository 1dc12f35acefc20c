# frozen_string_literal: true

require_relative "../error"
require_relative "../store/cursor_store"
require_relative "message_identity"

module Concord
  module Consumer
    # Where a session starts: `position` is what stands where reading starts behind; messages up to `suspect_until` may have
    # been under way when an earlier session died, 0 when it ended in order.
    SessionStart = Struct.new(:position, :stream_created_at_ms, :suspect_until)

    # Decides where sessions start: behind their stored positions, if the stream is still the one they were stored for. What
    # the broker lost is alarmed and read again, what expired unread is alarmed with its count; nothing is skipped in silence
    # (traps T26, T40).
    class SessionStarts
      # What became of a stream since a position was stored: `:expired` (at most `count` messages were deleted unread) or
      # `:regressed` (the broker lost or replaced messages that were read; `why` says how). Reading starts behind `after`.
      Loss = Struct.new(:kind, :after, :count, :why, keyword_init: true)
      Found = Struct.new(:ref, :position, :new, :loss, keyword_init: true)
      # The largest number that both databases keep.
      EVERY_SEQUENCE = (1 << 63) - 1
      private_constant :Loss, :Found, :EVERY_SEQUENCE

      # @param rewind_margin [Integer] messages before a stream's new end that are read again after it lost some
      def initialize(transport:, cursors:, attempts:, rewind_margin:, clock:, log:)
        @transport = transport
        @cursors = cursors
        @attempts = attempts
        @rewind_margin = rewind_margin
        @clock = clock
        @log = log
      end

      # @param openings [Hash{Store::PartitionRef => Boolean}] whether an earlier session of a partition died
      # @param state [StreamState]
      # @return [Hash{Store::PartitionRef => SessionStart}]
      def call(openings, state)
        found = openings.keys.map { |ref| find(ref, state) }
        alarm(found)
        store(found, state)
        found.to_h do |one|
          suspect_until = openings[one.ref] ? state.last_sequence : 0
          [one.ref, SessionStart.new(one.position, state.created_at_ms, suspect_until)]
        end
      end

      # Tells since when a stream may hold something unread behind a sequence, in milliseconds since the epoch; 0 when
      # nobody knows. Inbox days before may be dropped: without it a partition that nobody writes to would keep them for
      # ever (trap T8).
      def unread_since(state, sequence)
        return @clock.now_ms if sequence >= state.last_sequence

        @transport.get(state.name, [sequence + 1, state.first_sequence].max)&.stored_at_ms || 0
      end

      # What stands at a sequence; where nothing does, the time is that of the first message that is unread.
      # @return [MessageIdentity]
      def identify(state, sequence)
        message = sequence.positive? && @transport.get(state.name, sequence)
        message ? MessageIdentity.of(message) : MessageIdentity.new(sequence, "", unread_since(state, sequence))
      end

      private

      def find(ref, state, fresh: false)
        cursor = @cursors.load(ref)
        return Found.new(ref:, position: identify(state, 0), new: true) unless cursor

        loss = find_loss(cursor, state)
        return find_afresh(ref) if loss&.kind == :regressed && !fresh

        position = if loss
          identify(state, loss.after)
        else
          MessageIdentity.new(cursor.sequence, cursor.event_id, cursor.event_time_ms)
        end
        Found.new(ref:, position:, loss:)
      end

      # A replica that has not noticed the end of its lease stores positions beyond a state that was read before them.
      def find_afresh(ref)
        state = @transport.stream_state(ref.stream) or
          raise Error.new(:not_found, "the stream #{ref.stream} is gone; its owner makes it at start")
        find(ref, state, fresh: true)
      end

      # A stream that lost its tail gives the lost sequences to other messages; whoever trusted the sequence alone would
      # skip those.
      def find_loss(cursor, state)
        before = [state.first_sequence - 1, 0].max
        return if cursor.sequence.zero? && before.zero?
        return regressed(before, "recreated") if cursor.stream_created_at_ms != state.created_at_ms
        return regressed(margin_before(state.last_sequence, before), "shorter") if cursor.sequence > state.last_sequence
        return regressed(margin_before(cursor.sequence, before), "replaced") if replaced?(cursor, state)

        Loss.new(kind: :expired, after: before, count: before - cursor.sequence) if cursor.sequence < before
      end

      def regressed(after, why) = Loss.new(kind: :regressed, after:, why:)

      def margin_before(sequence, before) = [sequence - @rewind_margin, before].max

      def replaced?(cursor, state)
        return false if cursor.sequence < state.first_sequence || cursor.sequence.zero? || cursor.event_id.empty?

        message = @transport.get(state.name, cursor.sequence)
        message && MessageIdentity.of(message).event_id != cursor.event_id
      end

      def store(found, state)
        found.each { |one| start_again(one, state) if one.loss&.kind == :regressed }
        @cursors.advance(found.select(&:new).to_h { |one| [one.ref, cursor(one.position, state)] })
      end

      # What was counted or parked by its sequence speaks of events that the stream no longer has.
      def start_again(found, state)
        @cursors.rewind(found.ref, cursor(found.position, state), other_stream: true)
        @attempts.clear(found.ref, EVERY_SEQUENCE)
      end

      def cursor(position, state)
        Store::Cursor.new(**position.to_h, stream_created_at_ms: state.created_at_ms)
      end

      # One alarm for all partitions that one loss befell.
      def alarm(found)
        regressed = found.select { |one| one.loss&.kind == :regressed }
        expired = found.select { |one| one.loss&.kind == :expired }
        write_alarm(:stream_regressed, "lost or replaced events that were read", regressed, why: regressed.first&.loss&.why)
        write_alarm(:position_expired, "deleted events before they were read", expired,
          at_most: expired.map { |one| one.loss.count }.max)
      end

      def write_alarm(code, what, found, **fields)
        return if found.empty?

        ref = found.first.ref
        @log.error("the stream #{ref.stream} #{what}", code:, consumer: ref.consumer, stream: ref.stream,
          partitions: found.map { |one| one.ref.partition }, after: found.map { |one| one.position.sequence }, **fields)
      end
    end
  end
end
