# frozen_string_literal: true

require_relative "../error"

module Concord
  # Events that wait in the database.
  module Parking
    # Runs events that wait in the database when their time has come, keys side by side.
    class Runner
      # Looks for parked events that nobody told of, such as those of a replica that was slow to lose a lease.
      LOOK_MS = 10_000
      # Pause when all that is due is being worked on elsewhere.
      BREATH_MS = 100
      private_constant :LOOK_MS, :BREATH_MS

      # @param inbox [Inbox]
      # @param parking [Store::ParkingStore]
      # @param executor [Consumer::Executor] shared with the events that are read
      # @param refs [#call] gives the partitions held now
      # @param suspect [#call] tells of a parked event whether an earlier session may have died of it: its run is counted
      #   before it begins
      # @param handle [#call] runs the handler of an event within its transaction
      # @param given_up [Cancellation] comes when nobody waits for handlers any longer
      def initialize(inbox:, parking:, executor:, refs:, suspect:, handle:, given_up:, log:)
        @inbox = inbox
        @parking = parking
        @executor = executor
        @refs = refs
        @suspect = suspect
        @handle = handle
        @given_up = given_up
        @log = log
        @lock = Mutex.new
        @changed = ConditionVariable.new
        @suspects = {}
        @active = 0
      end

      # Looks at once: an event was parked, or a partition came.
      def wake
        @lock.synchronize do
          @rung = true
          @changed.broadcast
        end
      end

      # Runs until it is canceled, then returns when nothing runs any more, or when what runs is given up.
      # @param cancellation [Cancellation]
      def run(cancellation)
        [cancellation, @given_up].each { |end_of_work| end_of_work.on_cancel { wake } }
        until cancellation.canceled?
          begin
            ran = run_due(cancellation)
            @failing = false
            rest(next_look_ms) unless ran
          rescue => error
            report(error)
            rest(BREATH_MS * 10)
          end
        end
      end

      private

      def next_look_ms
        due_in_ms = @parking.next_due_in_ms(@refs.call)
        due_in_ms ? due_in_ms.clamp(BREATH_MS, LOOK_MS) : LOOK_MS
      end

      def rest(delay_ms)
        @lock.synchronize do
          @changed.wait(@lock, delay_ms / 1000.0) unless @rung
          @rung = false
        end
      end

      # Each event found brings one more job in, so that one event costs one and many keys use all threads.
      # @return [Boolean] whether any ran
      def run_due(cancellation)
        @lock.synchronize do
          @ran = false
          @error = nil
          @serial = false
          begin_job(cancellation)
          @changed.wait(@lock) while @active.positive? && !@given_up.canceled?
        end
        raise @error if @error

        @ran
      end

      # Called with the lock held.
      def begin_job(cancellation)
        @active += 1
        @executor.submit { run_job(cancellation) }
      end

      def run_job(cancellation)
        found = run_one(cancellation)
        @lock.synchronize do
          next unless found

          @ran = true
          begin_job(cancellation)
          begin_job(cancellation) if @active < @executor.concurrency && !@serial
        end
      rescue => error
        @error = error
      ensure
        @lock.synchronize do
          @active -= 1
          @changed.broadcast if @active.zero?
        end
      end

      # @return [Boolean] whether there may be another
      def run_one(cancellation)
        refs = @refs.call
        return false if cancellation.canceled? || @error || refs.empty?

        parked, outcome = @inbox.run_parked(refs, suspicion: method(:suspicion_of), &@handle)
        parked ? note(parked, outcome) : false
      end

      def suspicion_of(parked)
        return :none unless @suspect.call(parked)

        known = @lock.synchronize { @suspects[parked.id] }
        (known == :cleared) ? :none : known || :uncounted
      end

      # @return [Boolean] whether there may be another to run now
      def note(parked, outcome)
        suspicious = suspicion_of(parked) != :none
        @lock.synchronize do
          @serial = suspicious
          name = parked.id
          if outcome.kind == :parked && suspicious then @suspects[name] = :cleared
          elsif !outcome.retry? then @suspects.delete(name)
          elsif outcome.counted then @suspects[name] = :counted
          end
        end
        !outcome.retry? || outcome.counted
      end

      def report(error)
        @log.warn("parked events cannot be run; trying again", error: Error.wrap(error).code, cause: error.message) unless
          @failing
        @failing = true
      end
    end
  end
end
