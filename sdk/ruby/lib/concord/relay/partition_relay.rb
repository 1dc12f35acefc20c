# frozen_string_literal: true

require_relative "../backoff"
require_relative "../subject"
require_relative "send_failure"
require_relative "stopped_keys"

module Concord
  class Relay
    # Walks one partition of the outbox from its lowest row again and again: read, send in key order, delete what is
    # acknowledged. It remembers nothing that matters: another relay that starts in between, or goes on beside it, only
    # repeats sends. One thread uses it at a time.
    class PartitionRelay
      MAX_PAGE_ROWS = 500
      MIN_PAGE_ROWS = 16
      PAGE_BYTES = 4 * 1024 * 1024
      # With more keys stopped than this, the partition waits for the first of them instead of naming them all.
      MAX_STOPPED_KEYS = 1_000
      private_constant :MAX_PAGE_ROWS, :MIN_PAGE_ROWS, :PAGE_BYTES, :MAX_STOPPED_KEYS

      # @param partition [Integer]
      # @param scope [Scope] what the partitions of one relay share
      def initialize(partition, scope)
        @partition = partition
        @scope = scope
        @stopped = StoppedKeys.new(scope.clock)
        @page_rows = MAX_PAGE_ROWS
      end

      # @return [Integer] keys that wait after a failure
      def stopped_keys = @stopped.size

      # @return [Numeric, nil] milliseconds until a stopped key may go on; nil when none is
      def next_in_ms = @stopped.next_in_ms

      # Sends what can be sent now. Ends early when it is canceled.
      # @return [Integer] rows sent
      def drain(cancellation)
        sent = 0
        while may_run?(cancellation)
          rows, last = read_page
          break if rows.empty?

          probe.reach("relay.claim")
          acknowledged = send_page(rows, cancellation)
          sent += acknowledged
          break if last || acknowledged.zero?
        end
        sent
      end

      private

      def may_run?(cancellation) = !cancellation.canceled? && @scope.broker_pause.remaining_ms.zero?

      def probe = @scope.probe

      def read_page
        skip_keys = @stopped.current
        return [[], true] if @stopped.size > MAX_STOPPED_KEYS

        limit = @page_rows + @stopped.keyless_rows
        read = @scope.store.read(@partition, limit, skip_keys)
        adapt_page(read)
        [read.reject { |row| @stopped.include?(row) }, read.size < limit]
      end

      # Keeps a page's bytes bounded, whatever the size of its events.
      def adapt_page(rows)
        return if rows.empty?

        bytes = rows.sum { |row| row.body.bytesize } + 1
        @page_rows = (PAGE_BYTES * rows.size / bytes).clamp(MIN_PAGE_ROWS, MAX_PAGE_ROWS)
      end

      def send_page(rows, cancellation)
        acknowledged = send_in_order(rows, cancellation)
        return 0 if acknowledged.empty?

        @scope.count(:published, acknowledged.size)
        @scope.store.delete(acknowledged)
        probe.reach("relay.delete")
        probe.reach("relay.commit")
        acknowledged.size
      end

      # A row goes out only when every earlier row of its key is acknowledged (delivery.md section 3). Keys share a window;
      # a failure or timeout ends its key's turn, because nobody knows whether the row was stored.
      # @return [Array<Integer>] ids of the rows that the broker has
      def send_in_order(rows, cancellation)
        ready = rows.group_by { |row| row.key || row.id }.values
        answers = Thread::Queue.new
        acknowledged = []
        in_flight = 0
        loop do
          while in_flight < @scope.window && (chain = ready.shift)
            next unless may_go_on?(chain.first, cancellation)

            publish(chain, answers)
            in_flight += 1
          end
          probe.reach("relay.batch") if acknowledged.empty?
          return acknowledged if in_flight.zero?

          chain, ack, error = answers.pop
          in_flight -= 1
          next settle_failure(chain.first, SendFailure.new(error)) if error

          row = chain.shift
          acknowledged << row.id
          note_ack(row, ack)
          ready << chain unless chain.empty?
        end
      end

      def publish(chain, answers)
        @scope.transport.publish_later(chain.first) { |ack, error| answers << [chain, ack, error] }
      rescue Error => error
        answers << [chain, nil, error]
      end

      def may_go_on?(row, cancellation)
        return false unless may_run?(cancellation)

        wait_ms = @scope.stream_remaining_ms(row.stream)
        @stopped.stop(row, wait_ms) if wait_ms.positive?
        wait_ms.zero?
      end

      def note_ack(row, ack)
        @scope.count(:duplicates) if ack.duplicate
        @scope.note_success(row.stream)
        return if probe.equal?(Probe::NONE)

        probe.reach("relay.publish")
        probe.reach("dead.publish") if row.subject.match?(/\A(?:[^.]+\.)?dlq\./)
      end

      def settle_failure(row, failure)
        @scope.count(:failed)
        case failure.kind
        when :broker then @scope.pause_broker(failure)
        when :stream then @stopped.stop(row, @scope.pause_stream(row.stream, failure))
        else (failure.final? || row.attempts + 1 >= @scope.max_attempts) ? quarantine(row, failure) : retry_later(row, failure)
        end
      end

      def retry_later(row, failure)
        delay_ms = Backoff.delay_ms(@scope.retry_policy, row.attempts + 1, @scope.random.rand)
        @stopped.stop(row, delay_ms)
        @scope.store.record_failure(row.id, failure.cause)
        @scope.log.warn("an outbox row could not be sent", **ids(row), cause: failure.cause, attempts: row.attempts + 1,
          delay_ms:)
      end

      def quarantine(row, failure)
        @scope.store.quarantine(row.id, failure.cause)
        @scope.count(:quarantined)
        @scope.log.error("an outbox row was put aside; its key waits until it is released or dropped", **ids(row),
          cause: failure.cause)
        probe.reach("relay.quarantine")
      end

      def ids(row) = {outbox_id: row.id, stream: row.stream, subject: row.subject, message_id: row.message_id}
    end
  end
end
