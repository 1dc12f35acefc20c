# frozen_string_literal: true

require "nats"
require_relative "../error"
require_relative "failures"
require_relative "inbox"

module Concord
  module Nats
    # Sends requests and hands out their answers: one inbox and one thread serve a window of hundreds.
    class ReplyBox
      # How exactly deadlines are kept, in milliseconds.
      TICK_MS = 50
      # While answers come, the clock is looked at as often.
      LOOK_EVERY = 64
      # A request that waits: what is being done, where it was sent, until when, and who is told.
      Waiting = Struct.new(:what, :subject, :deadline_ms, :listener)
      private_constant :TICK_MS, :LOOK_EVERY, :Waiting

      # @param connection [Connection]
      def initialize(connection)
        @connection = connection
        @clock = connection.clock
        @waiting = {}
        @lock = Mutex.new
        @counter = 0
        @answers = 0
        @inbox = Inbox.new(connection.client, ".*")
        @token_at = @inbox.subject.bytesize + 1
        @thread = Thread.new { run }
        @thread.name = "concord:replies"
        connection.on_lost do |reason|
          @refusal = nil
          fail_all(reason)
        end
        connection.on_refused { |refusal| refuse(refusal) }
      end

      # Sends at once and calls the block with the answer or the error, on the box's own thread.
      # @param what [String] what is being done, to begin the sentence of an error
      # @yieldparam answer [NATS::Msg, nil]
      # @yieldparam error [Error, nil] `unavailable`, `deadline_exceeded`, `permission_denied`; `not_found` when nobody listens
      # @raise [Error] `unavailable` when there is no connection, `permission_denied` when no answer may be heard
      def begin(what, subject, body, headers: nil, timeout_ms: 5_000, &listener)
        @connection.require(what)
        raise Failures.from_refusal(what, @refusal) if @refusal

        token = @lock.synchronize do
          key = (@counter += 1).to_s(36)
          @waiting[key] = Waiting.new(what, subject, @clock.monotonic_ms + timeout_ms, listener)
          key
        end
        @connection.client.publish_msg(
          ::NATS::Msg.new(subject:, data: body, reply: "#{@inbox.subject}.#{token}", header: headers)
        )
      rescue ::NATS::IO::Error => error
        @lock.synchronize { @waiting.delete(token) }
        raise Failures.wrap(what, error)
      end

      # Sends and waits for the answer.
      # @raise [Error] `unavailable`, `deadline_exceeded`, `permission_denied`, `canceled`; `not_found` when nobody listens
      # @return [NATS::Msg]
      def request(what, subject, body, headers: nil, timeout_ms: 5_000, cancellation: nil)
        results = Thread::Queue.new
        link = cancellation&.on_cancel { results << [nil, Error.new(:canceled, "#{what} was canceled")] }
        self.begin(what, subject, body, headers:, timeout_ms:) { |*result| results << result }
        answer, error = results.pop
        raise error if error

        answer
      ensure
        cancellation&.off(link)
      end

      # Ends the box; requests that wait are told so.
      def close
        @closed = true
        @inbox.wake
        @thread.join(1) unless @thread == Thread.current
        fail_all("the connection was closed")
      end

      private

      def run
        until @closed
          message = @inbox.pop(TICK_MS)
          settle(message) if message
          expire if message.nil? || ((@answers += 1) % LOOK_EVERY).zero?
        end
      end

      def settle(message)
        token = message.subject.byteslice(@token_at..)
        waiting = @lock.synchronize { @waiting.delete(token) } or return
        if message.header && message.header["Status"] == "503"
          waiting.listener.call(nil, Error.new(:not_found, "#{waiting.what} failed: nobody answers", silent: true))
        else
          waiting.listener.call(message, nil)
        end
      end

      # Requests are kept in the order of their sending, and most have one timeout: the first is the next to expire, or
      # nearly so.
      def expire
        now = @clock.monotonic_ms
        return if @next_look_ms && now < @next_look_ms

        @next_look_ms = now + TICK_MS
        take_where { |waiting| waiting.deadline_ms <= now }.each do |waiting|
          waiting.listener.call(nil, Error.new(:deadline_exceeded, "#{waiting.what} failed: no answer in time; " \
            "try again, or wait longer"))
        end
      end

      # Who may not subscribe to the answers can ask for nothing.
      def refuse(refusal)
        @refusal = refusal if refusal.subject == "#{@inbox.subject}.*"
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
