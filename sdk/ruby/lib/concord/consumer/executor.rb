# frozen_string_literal: true

require_relative "../clock"

module Concord
  module Consumer
    # The threads that run handlers: jobs in the order of their coming, so many at once. A job that waits for its time holds
    # no thread (trap T27).
    class Executor
      Job = Struct.new(:work, :alone)
      # A job that waits for its time.
      Timer = Struct.new(:due_ms, :job, :canceled)
      private_constant :Job, :Timer

      # @return [Integer]
      attr_reader :concurrency

      # @param concurrency [Integer] handlers that run at once
      # @param on_error [#call] told of what a job raises
      def initialize(concurrency:, clock: Clock.new, on_error: ->(error) { raise error })
        @concurrency = concurrency
        @clock = clock
        @on_error = on_error
        @lock = Mutex.new
        @changed = ConditionVariable.new
        @ready = []
        @timers = []
        @running = 0
        @alone = false
        @threads = []
      end

      # @return [Integer] jobs that run now
      attr_reader :running

      # Runs a block as soon as a thread is free.
      # @param alone [Boolean] while nothing else runs
      def submit(alone: false, &work)
        @lock.synchronize { enqueue(Job.new(work, alone)) }
      end

      # Runs a block when so many milliseconds have passed.
      # @return [Object] for {#cancel}
      def submit_later(delay_ms, alone: false, &work)
        timer = Timer.new(@clock.monotonic_ms + delay_ms, Job.new(work, alone), false)
        @lock.synchronize do
          index = @timers.bsearch_index { |other| other.due_ms > timer.due_ms } || @timers.size
          @timers.insert(index, timer)
          start_thread
          @changed.signal if index.zero?
        end
        timer
      end

      # Takes back a job whose time has not come.
      # @return [Numeric, nil] milliseconds that were left; nil when it was too late
      def cancel(timer)
        @lock.synchronize do
          next if timer.canceled || !@timers.delete(timer)

          timer.canceled = true
          [0, timer.due_ms - @clock.monotonic_ms].max
        end
      end

      # Starts no job any more.
      # @param wait [Boolean] lets those under way end
      def close(wait: true)
        @lock.synchronize do
          @closed = true
          @changed.broadcast
        end
        @threads.each(&:join) if wait
      end

      private

      # Called with the lock held.
      def enqueue(job)
        @ready << job
        start_thread
        @changed.signal
      end

      # Threads come as they are needed. One more than handlers run at once keeps the time.
      def start_thread
        return if @threads.size >= @concurrency || @threads.size > @running + @ready.size + 1

        @threads << Thread.new { run_jobs }.tap { |thread| thread.name = "concord:handler" }
      end

      def run_jobs
        job = @lock.synchronize { take }
        while job
          run_job(job)
          job = @lock.synchronize { give_back(job) && take }
        end
      end

      def run_job(job)
        job.work.call
      rescue => error
        @on_error.call(error)
      end

      def take
        until @closed
          promote_timers
          job = @ready.first
          return start(@ready.shift) if job && fits?(job)

          @changed.wait(@lock, next_timer_s)
        end
      end

      # An alone job is waited for: nobody passes it.
      def fits?(job) = !@alone && (job.alone ? @running.zero? : @running < @concurrency)

      def start(job)
        @running += 1
        @alone = job.alone
        @changed.signal unless @ready.empty?
        job
      end

      def give_back(job)
        @running -= 1
        @alone = false if job.alone
        @changed.signal if @ready.size > 1
        true
      end

      def promote_timers
        return if @timers.empty?

        now = @clock.monotonic_ms
        @ready << @timers.shift.job while @timers.first && @timers.first.due_ms <= now
      end

      def next_timer_s
        first = @timers.first or return
        [(first.due_ms - @clock.monotonic_ms) / 1000.0, 0.0005].max
      end
    end
  end
end
