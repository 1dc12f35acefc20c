# frozen_string_literal: true

require "concord"
require "testee/protocol"

module Testee
  # Transactions of the case, open between requests. Each has a thread of its own, as a connection belongs to a thread.
  class Transactions
    Rollback = Class.new(StandardError)
    Open = Struct.new(:thread, :work, :answers)
    private_constant :Rollback, :Open

    # @param session [Session]
    def initialize(session)
      @session = session
      @lock = Mutex.new
      @open = {}
    end

    def begin(name)
      raise BadRequest, "a transaction needs a database" unless @session.storage

      opened = Open.new(nil, Thread::Queue.new, Thread::Queue.new)
      opened.thread = Thread.new { run(opened) }
      answer_of(opened)
      @lock.synchronize { @open[name] = opened }
    end

    # @return [Array<String>] ids
    def publish(name, events)
      opened = find(name)
      opened.work << -> { events.map { |event| publish_one(event) } }
      answer_of(opened)
    end

    def commit(name) = finish(name, :commit)

    def rollback(name) = finish(name, :rollback)

    # Rolls all back.
    def close
      @lock.synchronize { @open.keys }.each { |name| rollback(name) }
    end

    private

    def run(opened)
      @session.storage.database.transaction do
        opened.answers << nil
        while (work = opened.work.pop) != :commit
          raise Rollback if work == :rollback

          opened.answers << result_of(work)
        end
      end
      opened.answers << nil
    rescue Rollback
      opened.answers << nil
    rescue => error
      opened.answers << error
    end

    # A refused publication leaves the transaction as it was.
    def result_of(work)
      work.call
    rescue => error
      error
    end

    def publish_one(event)
      scope = @session.outbox(@session.preparing.preparer(event)).scope
      id = @session.preparing.publish(scope, event)
      message = @session.preparing.message_of(event)
      key = event.has_key? ? event.key : Concord::Contract.event(message.class).key_of(message)
      @session.storage.database.db[:cf_commits].insert(source: @session.preparing.source(event), id:, key:,
        n: Fixtures.number(message))
      id
    end

    def finish(name, how)
      opened = find(name)
      @lock.synchronize { @open.delete(name) }
      opened.work << how
      answer_of(opened)
    end

    def find(name)
      @lock.synchronize { @open[name] } or raise BadRequest, "there is no transaction #{name}"
    end

    def answer_of(opened)
      answer = opened.answers.pop
      raise answer if answer.is_a?(Exception)

      answer
    end
  end
end
