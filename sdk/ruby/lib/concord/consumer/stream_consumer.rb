# frozen_string_literal: true

require_relative "../cancellation"
require_relative "../error"
require_relative "../parking/limit"
require_relative "partition_session"
require_relative "read_buffer"
require_relative "session_ends"
require_relative "session_starts"
require_relative "stream_reader"

module Concord
  module Consumer
    # Consumes one stream: the partitions that this replica holds. One reader for a whole stream, so that many streams cost
    # an idle process nothing; else one for each partition, so that nothing is read in vain and one can stop alone.
    class StreamConsumer
      # Until it is known how the last session ended, each parked event may have ended it. Else one that kills its process
      # would run at every start before anybody counts, for ever.
      EVERYTHING = 1 << 63
      # How often a partition that is paused is looked at.
      CHECK_MS = 1_000
      # How often the times of idle positions are renewed: often enough for inbox days.
      TOUCH_MS = 600_000
      # Partitions come one by one; how to read them is decided when all have come.
      SETTLE_S = 0.005
      private_constant :EVERYTHING, :CHECK_MS, :TOUCH_MS, :SETTLE_S

      # A partition of this replica. `opened`: this process has read it before, so that an unfinished end was its own and no
      # crash; `suspicious`: but an earlier one had crashed, and not all that it may have died of was settled since.
      Held = Struct.new(:ref, :limit, :session, :suspect_until, :opened, :suspicious)
      private_constant :Held

      # @return [StreamSource]
      attr_reader :source

      # @param shared [Hash] `service`, `transport`, `stores`, `executor`, `writer`, `given_up`, `clock`, `random`, `log`, `probe`
      # @param share [#call] which partitions are this replica's
      # @param settler [EventSettler, RedriveSettler]
      # @param on_partitions [#call] told when partitions came or went
      def initialize(source:, settler:, share:, shared:, on_partitions:, max_parked:, rewind_margin:, buffer: {})
        @source = source
        @settler = settler
        @share = share
        @shared = shared
        @log = shared[:log].child(stream: source.stream)
        @on_partitions = on_partitions
        @max_parked = max_parked
        @buffer = ReadBuffer.new(**buffer)
        @starts = SessionStarts.new(transport: shared[:transport], cursors: shared[:stores].cursor,
          attempts: shared[:stores].attempts, rewind_margin:, clock: shared[:clock], log: @log)
        @ends = SessionEnds.new(source:, log: @log, **shared.slice(:transport, :stores, :writer, :given_up, :probe))
        @lock = Monitor.new
        @changed = @lock.new_cond
        @held = {}
        @readers = {}
      end

      # @return [String] the broker's name
      def stream = source.stream

      # @return [Array<Store::PartitionRef>] partitions held now
      def held = @lock.synchronize { @held.values.map(&:ref) }

      # @return [Array<Integer>] partitions not read, because too many of their events wait in the database
      def paused = @lock.synchronize { @held.values.select { |entry| entry.limit.paused? }.map { |entry| entry.ref.partition } }

      # @return [Integer] messages read and not settled
      def unfinished = @buffer.messages

      # @return [Integer] the last sequence read, over the partitions held; 0 before the first
      def last_read = @lock.synchronize { @held.values.filter_map { |entry| entry.session&.last_read }.max || 0 }

      # Up to here an earlier session may have died of a message of the partition; 0 when it ended in order.
      def suspect_until(partition)
        entry = @lock.synchronize { @held[partition] } or return 0
        entry.opened ? entry.suspect_until : EVERYTHING
      end

      # Consumes until it is canceled, then ends in order: what runs is finished, the position stored.
      # @param cancellation [Cancellation]
      def run(cancellation)
        managing = Thread.new { manage }
        halting = cancellation.on_cancel { halt }
        @share.call(scope: "#{@shared[:service]}/#{stream}", partitions: source.partitions, on_acquired: method(:hold),
          on_lost: method(:lose)).run(cancellation)
      ensure
        cancellation.off(halting)
        @lock.synchronize do
          @ended = true
          @changed.broadcast
        end
        managing&.join
      end

      # Gives the sessions of partitions, starting those that are missing.
      # @return [Hash{Integer => PartitionSession}]
      def open(partitions)
        entries = @lock.synchronize { @held.values_at(*partitions).compact }
        missing = entries.reject(&:session)
        start_sessions(missing) if missing.any?
        @lock.synchronize do
          @held.values_at(*partitions).compact.select(&:session).to_h { |entry| [entry.ref.partition, entry.session] }
        end
      end

      # Makes the sessions of partitions void, because what was read may not be what the stream now holds.
      def abandon(partitions)
        sessions = @lock.synchronize do
          @held.values_at(*partitions).compact.filter_map { |entry| take_session(entry) }
        end
        @troubled = true
        sessions.each(&:abandon)
      end

      private

      def hold(partition, _cancellation)
        ref = Store::PartitionRef.new(@shared[:service], stream, partition)
        limit = Parking::Limit.new(ref:, parking: @shared[:stores].parking, max_parked: @max_parked, log: @log)
        @lock.synchronize do
          @held[partition] = Held.new(ref, limit, nil, 0, false, false)
          replan
        end
      end

      # All partitions at once, before the first one ends: what was interrupted in another would start anew meanwhile.
      def halt = @lock.synchronize { @held.values.filter_map(&:session) }.each(&:halt)

      # Called with the lock held.
      def take_session(entry)
        session = entry.session or return
        entry.suspicious = session.suspects_left?
        entry.session = nil
        session
      end

      def lose(partition)
        entry = @lock.synchronize do
          replan
          @held.delete(partition)
        end
        @ends.call(entry.session, entry.suspect_until) if entry&.session
      end

      # Called with the lock held.
      def replan
        @planned = false
        @changed.broadcast
      end

      def manage
        next_touch_ms = @shared[:clock].monotonic_ms + TOUCH_MS
        until @ended
          plan unless @planned
          check_paused
          if @shared[:clock].monotonic_ms >= next_touch_ms
            touch_idle
            next_touch_ms += TOUCH_MS
          end
          @lock.synchronize { @changed.wait(paused.any? ? CHECK_MS / 1000.0 : TOUCH_MS / 1000.0) if @planned && !@ended }
        end
        follow({})
      end

      def plan
        sleep SETTLE_S
        active = @lock.synchronize do
          @planned = true
          @held.values.reject { |entry| entry.limit.paused? }.map { |entry| entry.ref.partition }
        end
        follow(groups(active))
        @on_partitions.call
      end

      def groups(active)
        return {} if active.empty?
        return {whole: active.sort} if active.size == source.partitions

        active.to_h { |partition| [partition, [partition]] }
      end

      # Starts and stops readers. A reader begins when those before it have taken their last message: one partition never
      # has two.
      def follow(groups)
        gone = @lock.synchronize do
          leaving = @readers.reject { |name, _| groups.key?(name) }
          leaving.each_key { |name| @readers.delete(name) }
          leaving.values
        end
        gone.each { |reader, _| reader.stop }
        gone.each { |_, thread| thread.join }
        groups.each { |name, partitions| start_reader(name, partitions) unless @readers.key?(name) }
      end

      def start_reader(name, partitions)
        reader = StreamReader.new(source:, partitions:, whole: name == :whole, buffer: @buffer, sessions: self, log: @log,
          **@shared.slice(:transport, :clock, :random))
        thread = Thread.new { reader.run }
        thread.name = "concord:reader"
        @lock.synchronize { @readers[name] = [reader, thread] }
      end

      def reader_of(partition)
        @lock.synchronize { @readers.each_value.find { |reader, _| reader.partitions.include?(partition) } }&.first
      end

      def start_sessions(entries)
        state = @shared[:transport].stream_state(stream) or
          raise Error.new(:not_found, "there is no stream #{stream}; its owner makes it at start")
        # What earlier sessions had not stored is stored first: a rewind must be the last word.
        @shared[:writer].flush
        openings = entries.to_h do |entry|
          left_open = @shared[:stores].cursor.open(entry.ref)
          [entry.ref, entry.opened ? entry.suspicious : left_open]
        end
        starts = @starts.call(openings, state)
        entries.each { |entry| check(entry) }
        entries.each { |entry| start_session(entry, starts.fetch(entry.ref)) }
      end

      # One that was lost meanwhile has nobody to end it.
      def start_session(entry, start)
        partition = entry.ref.partition
        session = PartitionSession.new(ref: entry.ref, start:, settler: @settler, buffer: @buffer,
          on_outcome: ->(outcome) { note_outcome(entry, outcome) },
          on_fault: ->(error) { reader_of(partition)&.restart(error) }, **@shared.slice(:executor, :writer))
        @lock.synchronize do
          entry.opened = true
          entry.suspect_until = [entry.suspect_until, start.suspect_until].max
          entry.session = session if @held[partition].equal?(entry)
        end
        @ends.close(entry.ref) unless entry.session || start.suspect_until.positive?
      end

      def note_outcome(entry, outcome)
        reader_of(entry.ref.partition)&.note_progress if @troubled
        check(entry) if outcome.kind == :parked && entry.limit.note_parked
      rescue Error => error
        @log.debug("parked events were not counted", **entry.ref.to_h, cause: error.message)
      end

      def check(entry)
        @lock.synchronize { replan } if entry.limit.check
      end

      def check_paused
        @lock.synchronize { @held.values.select { |entry| entry.limit.paused? } }.each { |entry| check(entry) }
      rescue Error => error
        @log.debug("parked events were not counted", cause: error.message)
      end

      # Keeps positions and their times young where nothing comes.
      def touch_idle
        state = @shared[:transport].stream_state(stream) or return
        @lock.synchronize { @held.values.filter_map(&:session) }.each do |session|
          pass_others(session, state)
          session.touch(@starts.unread_since(state, session.last_read))
        end
      rescue Error => error
        @log.debug("idle positions stay as they are", cause: error.message)
      end

      # Moves a position over what its filter does not match. Else it would stay behind in a stream that others write to,
      # and those others' events, once expired, would be taken for unread ones.
      def pass_others(session, state)
        last_read = session.last_read
        return if session.cursor.stream_created_at_ms != state.created_at_ms || session.unfinished.positive? ||
          last_read >= state.last_sequence

        following = @shared[:transport].next_message(stream, source.filter_of(session.ref.partition), last_read)
        return if following && following.sequence <= state.last_sequence

        session.pass(@starts.identify(state, state.last_sequence))
      end
    end
  end
end
