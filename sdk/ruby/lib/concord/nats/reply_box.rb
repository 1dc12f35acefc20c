# frozen_string_literal: true

require_relative "client"
require_relative "../error"
require_relative "failures"

module Concord
  module Nats
    # Sends requests and hands out their answers: one subscription serves a window of hundreds. Answers are handed out on the
    # thread that reads the connection: a thread of their own would cost more than all else that is done for them.
    class ReplyBox
      # How exactly deadlines are kept, in milliseconds.
      TICK_MS = 50
      NOBODY = "NATS/1.0 503"
      # A request that waits: what is being done, where it was sent, until when, and who is told.
      Waiting = Struct.new(:what, :subject, :deadline_ms, :listener)
      private_constant :TICK_MS, :NOBODY, :Waiting

      # @param connection [Connection]
      def initialize(connection)
        @connection = connection
        @client = connection.client
        @clock = connection.clock
        @waiting = {}
        @lock = Mutex.new
        @ended = ConditionVariable.new
        @counter = 0
        @prefix = "#{@client.new_inbox}."
        @subscription = @client.listen("#{@prefix}*") { |subject, _, body, head| settle(subject, body, head) }
        @thread = Thread.new { watch_deadlines }
        @thread.name = "concord:replies"
        connection.on_lost do |reason|
          @refusal = nil
          fail_all(reason)
        end
        connection.on_refused { |refusal| refuse(refusal) }
      end

      # Sends at once and calls the listener with the answer or the error, on the thread that reads the connection or that
      # watches deadlines: whoever waits there keeps all others waiting.
      # @param what [#to_s] what is being done, to begin the sentence of an error
      # @param head [String, nil] header lines with their line ends, checked
      # @param listener [#call] given the body of the answer or nil, and the error or nil: `unavailable`, `deadline_exceeded`,
      #   `permission_denied`; `not_found` when nobody listens
      # @raise [Error] `unavailable` when there is no connection, `permission_denied` when no answer may be heard
      def begin(what, subject, body, listener, head: nil, timeout_ms: 5_000)
        @connection.require(what)
        raise Failures.from_refusal(what, @refusal) if @refusal

        waiting = Waiting.new(what, subject, @clock.monotonic_ms + timeout_ms, listener)
        number = @lock.synchronize do
          @waiting[@counter += 1] = waiting
          @counter
        end
        @client.send_message(subject, "#{@prefix}#{number}", body, head)
      rescue ::NATS::IO::Error => error
        @lock.synchronize { @waiting.delete(number) }
        raise Failures.wrap(what, error)
      end

      # Sends and waits for the answer.
      # @raise [Error] `unavailable`, `deadline_exceeded`, `permission_denied`, `canceled`; `not_found` when nobody listens
      # @return [String] its body
      def request(what, subject, body, head: nil, timeout_ms: 5_000, cancellation: nil)
        results = Thread::Queue.new
        link = cancellation&.on_cancel { results << [nil, Error.new(:canceled, "#{what} was canceled")] }
        self.begin(what, subject, body, ->(*result) { results << result }, head:, timeout_ms:)
        answer, error = results.pop
        raise error if error

        answer
      ensure
        cancellation&.off(link)
      end

      # Ends the box; requests that wait are told so.
      def close
        @lock.synchronize do
          @closed = true
          @ended.signal
        end
        @thread.join(1) unless @thread == Thread.current
        fail_all("the connection was closed")
      end

      private

      def watch_deadlines
        expire until @lock.synchronize { @closed || (@ended.wait(@lock, TICK_MS / 1000.0) && @closed) }
      end

      def settle(subject, body, head)
        number = subject.byteslice(@prefix.bytesize..).to_i
        waiting = @lock.synchronize { @waiting.delete(number) } or return
        return waiting.listener.call(body, nil) unless head&.start_with?(NOBODY)

        waiting.listener.call(nil, Error.new(:not_found, "#{waiting.what} failed: nobody answers", silent: true))
      end

      def expire
        now = @clock.monotonic_ms
        take_where { |waiting| waiting.deadline_ms <= now }.each do |waiting|
          waiting.listener.call(nil, Error.new(:deadline_exceeded, "#{waiting.what} failed: no answer in time; " \
            "try again, or wait longer"))
        end
      end

      # Who may not subscribe to the answers can ask for nothing.
      def refuse(refusal)
        @refusal = refusal if refusal.subject == "#{@prefix}*"
        take_where { |waiting| @refusal || waiting.subject == refusal.subject }
          .each { |waiting| waiting.listener.call(nil, Failures.from_refusal(waiting.what, refusal)) }
      end

      def fail_all(reason)
        take_where { true }.each do |waiting|
          waiting.listener.call(nil, Error.new(:unavailable, "#{waiting.what} failed: #{reason}; try again"))
        end
      end

      def take_where
        @lock.synchronize do
          keys = @waiting.select { |_, waiting| yield waiting }.keys
          keys.map { |key| @waiting.delete(key) }
        end
      end
    end
  end
end
