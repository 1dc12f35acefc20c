# frozen_string_literal: true

module Concord
  # The port to a broker: what the relay and the log consumer ask of an adapter, such as {Nats::Transport}. Any object
  # with these methods serves; all of them may be called from any thread.
  #
  # - `max_payload_bytes` → Integer: largest body plus headers that the broker takes.
  # - `publish(message, timeout_ms: 5_000)` → {PublishAck}: returns when the stream has stored the {OutgoingMessage}. After
  #   an error the message may be stored all the same: repeat it with the same id. Raises {Error} `too_large`, `not_found`
  #   (no such stream), `resource_exhausted` (stream full), `permission_denied`, `unavailable`, `deadline_exceeded`.
  # - `publish_async(message, timeout_ms: 5_000) { |ack, error| … }`: the same without waiting; the block is called once,
  #   from a thread of the adapter, with a {PublishAck} or an {Error}. It must be quick. May call it before it returns.
  # - `read(stream:, filter:, after:, cancellation:, max_batch: 256) { |messages| … }`: reads a stream like a log: yields
  #   arrays of at least one {StoredMessage} in rising sequence, without gaps among what matches, new ones as they come.
  #   Nothing is acknowledged. The block is the back-pressure. Returns when it is canceled; raises {Error} `unavailable` when
  #   the connection or the order was lost: start again behind the last one.
  # - `stream_state(stream)` → {StreamState} or nil.
  # - `get(stream, sequence)` → {StoredMessage} or nil when it is gone.
  # - `remove(stream, sequence)`: deletes one message; nothing happens when it is gone.
  module Transport
  end

  # A stream as the broker keeps it. `first_sequence` is 0 in a stream that never held a message, last + 1 in one that was
  # emptied; a stream that was made anew has another `created_at_ms`.
  StreamState = Struct.new(:name, :first_sequence, :last_sequence, :messages, :partitions, :created_at_ms,
    keyword_init: true)
end
