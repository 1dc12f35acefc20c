# frozen_string_literal: true

require_relative "consumer/outcome"
require_relative "consumer/verdict"
require_relative "inbox/attempt"
require_relative "inbox/burial"
require_relative "inbox/identity"
require_relative "inbox/parked_runs"
require_relative "inbox/trouble"
require_relative "outbox"
require_relative "probe"
require_relative "silent_log"

module Concord
  # Settles events in the service's own database: effects exactly once, order per key (delivery.md section 4).
  #
  # A failed attempt leaves nothing behind; what follows from it is written in a second transaction that claims the row
  # anew, so that the way without failures pays for no savepoint.
  class Inbox
    # Time that a transaction may be idle beyond its handler's timeout.
    IDLE_MARGIN_MS = 1_000
    # Wait before an event is tried again whose transaction the database refused: at most this.
    INFRASTRUCTURE_DELAY_MS = 500
    private_constant :IDLE_MARGIN_MS, :INFRASTRUCTURE_DELAY_MS

    # @return [String] the consuming service: part of every inbox row's identity
    attr_reader :service
    # @return [String, nil] prefix that keeps systems on one broker apart
    attr_reader :namespace
    # @return [Stores]
    attr_reader :stores
    # @return [Outbox] takes what handlers publish, and dead letters, into the same transaction
    attr_reader :outbox
    # @return [Consumer::Router]
    attr_reader :router
    # @return [Probe]
    attr_reader :probe

    # @param park_above_ms [Integer] waits longer than this are kept in the database. Default 1,000: below, parking costs
    #   more.
    # @param handler_timeout_ms [Integer] longest time that a handler may take. Its transaction may be idle a second longer,
    #   then the database frees its rows, so that a frozen process holds up nobody (trap T31).
    # @param retry_policy [#call] gives the {Contract::RetryPolicy} of a contract. Default: its own.
    def initialize(service:, stores:, outbox:, router:, namespace: nil, park_above_ms: 1_000, handler_timeout_ms: 30_000,
      retry_policy: :retry_policy.to_proc, random: Random.new, log: SilentLog.new, probe: Probe::NONE)
      @service = service
      @namespace = namespace
      @stores = stores
      @outbox = outbox
      @router = router
      @park_above_ms = park_above_ms
      @idle_timeout_ms = handler_timeout_ms + IDLE_MARGIN_MS
      @retry_policy = retry_policy
      @random = random
      @trouble = Trouble.new(log)
      @probe = probe
      @burial = Burial.new(self)
      @parked_runs = ParkedRuns.new(self)
    end

    # Makes one attempt at an event: inbox row, handler and publications in one transaction. Callers hand over one key's
    # events in order, each after the one before was settled.
    # @param event [Event] its `attempt` counts
    # @yieldparam event [Event]
    # @yieldparam tx [Outbox::Scope]
    # @return [Consumer::Outcome]
    # @raise whatever is no verdict about the event, such as a fault in the tables; the event may then be tried again
    def process(event, &handler)
      again_if_database_fails do
        probe.reach("inbox.receive")
        attempt = new_attempt
        outcome = attempt.run { settle_early(event) || run_once(attempt, event, &handler) }
        next follow(event, attempt) if attempt.failed?

        @trouble.end
        next bury_too_old(event) if outcome == :too_old

        probe.reach((outcome.kind == :parked) ? "park.commit" : "inbox.commit")
        outcome
      end
    end

    # Makes a dead letter of a message that {Consumer::Router#decode} refused.
    # @return [Consumer::Outcome]
    def reject(message, error)
      code = Error.wrap(error).code
      again_if_database_fails do
        bury(Identity.place(service, message), message, reason: DeadLetter.reason_of(code), error: code, attempts: 0,
          redrives: DeadLetter.redrives(message.headers))
      end
    end

    # Gives an event up whose attempts are used up without a run, because they never ended.
    # @return [Consumer::Outcome]
    def exhaust(event, attempts)
      again_if_database_fails { bury_event(event, reason: "exhausted", error: :exhausted, attempts:) }
    end

    # Puts an event into the database without running it, unless another session has settled it: the later ones of its key
    # wait there behind it.
    # @param attempts [Integer] runs that failed so far
    # @param delay_ms [Numeric] not run again before
    # @return [Consumer::Outcome]
    def park(event, attempts:, delay_ms:)
      again_if_database_fails do
        outcome = transaction do
          next Consumer::DUPLICATE unless stores.inbox.claim(Identity.event(service, event)).kind == :claimed

          write_parked(event, attempts:, delay_ms:)
          Consumer::PARKED
        end
        probe.reach("park.commit") if outcome.kind == :parked
        outcome
      end
    end

    # Runs the lowest due event of one parked key, see {ParkedRuns#call}.
    def run_parked(...) = @parked_runs.call(...)

    # Follows a request to run a dead event again: its inbox row goes from `dead` to `parked` in the transaction that parks
    # it with its attempts from 0, so that the same event id runs again (trap T38). A replay comes the same way; one that
    # repeats effects takes a handled event back too. A request that was sent twice, or that an event handled meanwhile no
    # longer needs, changes nothing.
    # @param message [StoredMessage]
    # @return [Consumer::Outcome]
    def apply_redrive(message)
      begin
        event = router.decode(message)
      rescue Error => error
        return reject(message, error)
      end
      event ? follow_redrive(event) : Consumer::DONE
    end

    # Tells whether an event has been settled, leaving no trace.
    # @return [Boolean]
    def settled?(event)
      claim = nil
      stores.database.db.transaction(rollback: :always) { claim = stores.inbox.claim(Identity.event(service, event)) }
      claim.kind != :claimed
    rescue *Sql::Failures.classes => error
      raise Sql::Failures.convert(error)
    end

    # @api private
    # Every transaction of an inbox holds rows that other sessions wait for, those without a handler too (trap T31).
    def transaction(&) = stores.database.transaction(idle_timeout_ms: @idle_timeout_ms, &)

    # @api private
    def new_attempt = Attempt.new(stores.database, outbox, @idle_timeout_ms)

    # @api private
    # Runs the handler unless its operation has had its effect, through another event of the same name.
    # @return [Consumer::Outcome]
    def run_once(attempt, event, &handler)
      return Consumer::DUPLICATE unless claim_operation(event)

      attempt.handle(event, &handler)
      probe.reach("inbox.handler")
      Consumer::DONE
    end

    # @api private
    def bury(ref, message, **verdict, &claim) = @burial.call(ref, message, **verdict, &claim)

    # @api private
    def verdict_of(event, error, attempt)
      Consumer::Verdict.of(error, policy: policy_of(event), attempt:, random: @random)
    end

    # @api private
    def policy_of(event) = @retry_policy.call(event.contract)

    # @api private
    # @return [Integer] wait before the database is asked again
    def infrastructure_delay(error)
      @trouble.begin(error)
      (@random.rand * INFRASTRUCTURE_DELAY_MS).to_i
    end

    private

    # Inbox row first; then, in the same transaction, whether the event's key is waiting (delivery.md section 1).
    def settle_early(event)
      claim = stores.inbox.claim(Identity.event(service, event), parked_key(event))
      probe.reach("inbox.dedupe")
      return Consumer::DUPLICATE if claim.kind == :duplicate
      return :too_old if claim.kind == :too_old
      return unless claim.key_parked

      write_parked(event, attempts: event.attempt - 1, delay_ms: 0)
      Consumer::PARKED
    end

    # Events without a key wait behind nobody.
    def parked_key(event)
      event.key && [Store::PartitionRef.new(service, event.message.stream, event.subject.partition), event.key_token]
    end

    def claim_operation(event)
      key = event.envelope.idempotency_key
      return true if key.nil? || !event.contract.names_operation?

      stores.inbox.claim_operation(consumer: service, source: event.source, type: event.type, idempotency_key: key,
        event_id: event.id)
    end

    def follow(event, attempt)
      return Consumer::Outcome.retry(0, counted: false) if canceled?(attempt.error)
      return Consumer::Outcome.retry(infrastructure_delay(attempt.error), counted: false) if attempt.infrastructure?

      verdict = verdict_of(event, attempt.error, event.attempt)
      attempts = event.attempt - (verdict.counted ? 0 : 1)
      return bury_event(event, reason: verdict.reason, error: verdict.error, attempts:) if verdict.kind == :dead
      return Consumer::Outcome.retry(verdict.delay_ms, counted: verdict.counted) if verdict.delay_ms <= @park_above_ms

      park(event, attempts:, delay_ms: verdict.delay_ms)
    end

    # The service stops waiting: handled again later, without an attempt counted (trap T18).
    def canceled?(error) = error.is_a?(Error) && error.code == :canceled

    def bury_event(event, **verdict)
      bury(Identity.event(service, event), event.message, redrives: event.redrives, **verdict)
    end

    # The inbox has dropped the event's day: nobody can tell whether it was handled, so it is not run (trap T8).
    def bury_too_old(event)
      bury(Identity.place(service, event.message), event.message, reason: "too_old", error: :too_old,
        attempts: event.attempt - 1, redrives: event.redrives)
    end

    # Writes the parked row of an event whose inbox row this transaction has claimed.
    def write_parked(event, attempts:, delay_ms:)
      message = Identity.original(event.message)
      parked = Store::ParkedEvent.new(**Identity.partition(service, message).to_h, sequence: message.sequence,
        key: event.key_token, source: event.source, event_id: event.id, subject: message.subject, headers: message.headers,
        body: message.body, stored_at_ms: message.stored_at_ms, attempts:, redrives: event.redrives)
      stores.parking.park(parked, delay_ms)
      stores.inbox.set_state(Identity.event(service, event), "parked")
      probe.reach("park.insert")
    end

    def follow_redrive(event)
      again_if_database_fails do
        outcome = transaction { reopen(event) }
        probe.reach("redrive.flip") if outcome == Consumer::PARKED
        (outcome == :too_old) ? bury_too_old(event) : outcome
      end
    end

    def reopen(event)
      ref = Identity.event(service, event)
      unless stores.inbox.reopen(ref, event.redrives, again: DeadLetter.again?(event.message.headers))
        # Not dead here: handled or parked already, or without a row because it was refused before one could be written.
        claim = stores.inbox.claim(ref)
        return :too_old if claim.kind == :too_old
        return Consumer::DUPLICATE if claim.kind == :duplicate
      end
      write_parked(event, attempts: 0, delay_ms: 0)
      Consumer::PARKED
    end

    # A database that is away or that chose a victim says nothing about the event: the same again, no attempt counted.
    def again_if_database_fails
      yield
    rescue Error => error
      raise unless Attempt.database_failure?(error)

      Consumer::Outcome.retry(infrastructure_delay(error), counted: false)
    end
  end
end
