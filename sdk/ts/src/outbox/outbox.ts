import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { PublishVerb } from "../core/check-publication.ts";
import type { Envelope } from "../core/envelope/envelope.ts";
import { ConcordError } from "../core/error.ts";
import type { Publish, Published, PublishOptions } from "../core/handler.ts";
import type { Outbox, OutboxScope, OutboxScopeOptions } from "../core/outbox.ts";
import { eventEntry } from "../core/outbox-entry.ts";
import type { EventPreparer } from "../core/prepare-event.ts";
import type { Probe } from "../core/probe.ts";
import type { OutboxEntry, OutboxStore } from "../core/store/outbox-store.ts";

/** What an outbox works with. */
export interface OutboxOptions<Tx> {
  readonly store: Pick<OutboxStore<Tx>, "insert">;
  readonly preparer: EventPreparer;
  /** Told of the partitions that rows were committed to, see `Relay.wake`. Default: the relay finds out by looking. */
  readonly wake?: ((partitions: Iterable<number>) => void) | undefined;
  readonly probe?: Probe | undefined;
}

/**
 * Makes an outbox: events are stored in the caller's own transaction and sent after its commit, each at least once and,
 * per key, in commit order. A rollback takes them along.
 */
export function createOutbox<Tx>(options: OutboxOptions<Tx>): Outbox<Tx> {
  return {
    within(tx, scope = {}) {
      if (tx === undefined || tx === null) {
        throw new ConcordError("outside_transaction", "an event needs the transaction that it is published with");
      }
      return createScope(options, tx, scope);
    },
  };
}

/** How one call publishes. */
interface Publication {
  readonly verb: PublishVerb;
  readonly options: PublishOptions | undefined;
  readonly cause: Envelope | undefined;
}

function createScope<Tx>(options: OutboxOptions<Tx>, tx: Tx, scope: OutboxScopeOptions): OutboxScope {
  const { store, preparer, wake, probe } = options;
  const partitions = new Set<number>();
  let buffered: OutboxEntry[] = [];
  let flushed = false;

  return {
    ...publishing(scope.cause),
    causedBy: publishing,
    add: (entry) => take([entry]),
    async flush() {
      flushed = true;
      const entries = buffered;
      buffered = [];
      await insert(entries, { isLast: true });
    },
    async committed() {
      if (probe) await probe.reach("outbox.commit");
      if (partitions.size > 0) wake?.(partitions);
    },
  };

  function publishing(cause: Envelope | undefined): ReturnType<OutboxScope["causedBy"]> {
    const publisher =
      (verb: PublishVerb): Publish =>
      async (schema, init, options) => {
        const [published] = await publishEach(schema, [init], { verb, options, cause });
        return published!;
      };
    return {
      publish: publisher("publish"),
      send: publisher("send"),
      publishAll: (schema, inits, options) => publishEach(schema, inits, { verb: "publish", options, cause }),
    };
  }

  async function publishEach<Desc extends DescMessage>(
    schema: Desc,
    inits: readonly MessageInitShape<Desc>[],
    { verb, options, cause }: Publication,
  ): Promise<readonly Published[]> {
    if (options?.signal?.aborted) throw new ConcordError("canceled", `${schema.typeName} was not published: aborted`);
    const prepared = inits.map((init) => preparer.prepare({ verb, schema, init, options, cause }));
    await take(prepared.map(eventEntry));
    return prepared.map(({ envelope }) => ({ id: envelope.id }));
  }

  async function take(entries: readonly OutboxEntry[]): Promise<void> {
    if (flushed) {
      throw new ConcordError("outside_transaction", "an event was published after the end of its transaction's work");
    }
    if (scope.buffer) buffered.push(...entries);
    else await insert(entries);
  }

  async function insert(entries: readonly OutboxEntry[], options?: { readonly isLast: boolean }): Promise<void> {
    if (entries.length === 0) return;
    await store.insert(tx, entries, options);
    for (const { partition } of entries) partitions.add(partition);
    if (probe) await probe.reach("outbox.insert");
  }
}
