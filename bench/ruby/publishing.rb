# frozen_string_literal: true

require "json"
require "nats"
require "concord/outbox"
require "concord/relay"
require "concord/store"
require_relative "events"

# The ways in which the same messages get to the broker. Each gives messages a second.
class Publishing
  WINDOW = 256

  def initialize(stores, transport, nats_url)
    @stores = stores
    @transport = transport
    @nats_url = nats_url
  end

  # The client alone: so many on their way at once, each acknowledged.
  def bare(messages)
    client = NATS.connect(@nats_url)
    inbox = client.new_inbox
    answers = client.subscribe("#{inbox}.*", pending_msgs_limit: 1 << 20)
    places = Thread::SizedQueue.new(WINDOW)
    counting = Thread.new { messages.size.times { read_answer(answers, places) } }
    per_second(messages.size) do
      messages.each_with_index do |message, index|
        places << true
        client.publish_msg(NATS::Msg.new(subject: message.subject, data: message.body, reply: "#{inbox}.#{index}",
          header: {"Nats-Msg-Id" => message.message_id, **message.headers}))
      end
      counting.join
    end
  ensure
    client.close
  end

  # The SDK's transport, as a service without a database has it.
  def transport(messages)
    places = Thread::SizedQueue.new(WINDOW)
    done = Thread::Queue.new
    left = messages.size
    per_second(messages.size) do
      messages.each do |message|
        places << true
        @transport.publish_later(message) do |_ack, error|
          places.pop
          done << error if error || (left -= 1).zero?
        end
      end
      error = done.pop
      raise error if error
    end
  end

  # The relay, from rows of the outbox that were committed before.
  def relay(prepared)
    entries = prepared.map { |event| Concord::Outbox::Entry.of_event(event) }
    entries.each_slice(900) { |slice| @stores.database.transaction { @stores.outbox.insert(slice) } }
    @stores.database.run("ANALYZE concord_outbox")
    relay = Concord::Relay.new(store: @stores.outbox, transport: @transport, window: WINDOW)
    per_second(prepared.size) { relay.run_until_idle }
  end

  private

  def read_answer(answers, places)
    answer = JSON.parse(answers.next_msg(timeout: 10).data)
    raise answer["error"].to_s if answer["error"]

    places.pop
  end

  def per_second(count)
    GC.start
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    count / (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start)
  end
end
