import type { Headers, StoredMessage } from "../core/message.ts";
import type { StreamSpec, StreamState } from "../core/transport.ts";
import { Bell } from "./bell.ts";
import { DedupeWindow } from "./dedupe-window.ts";
import type { MessageRow, MessageTable } from "./message-table.ts";
import { compileFilter, type SubjectFilter } from "./subject-filter.ts";

/** How far a stream has come. */
export interface StreamCounts {
  readonly lastSequence: number;
  readonly messages: number;
  readonly bytes: number;
}

/** What a stream is made from. */
export interface LogStreamInit {
  readonly id: number;
  readonly spec: StreamSpec;
  readonly createdAtMs: number;
  readonly counts: StreamCounts;
  readonly table: MessageTable;
}

/** Some messages of a stream and where reading goes on. */
export interface Page {
  readonly messages: readonly StoredMessage[];
  /** Everything up to here was looked at. */
  readonly position: number;
}

/** Most rows that one page looks at, so that the reader of a rare subject does not hold up the process. */
const pageSpan = 20_000;

/** One stream of the log: its settings, how far it has come, and who waits for more. */
export class LogStream {
  readonly id: number;
  readonly createdAtMs: number;
  readonly table: MessageTable;
  readonly dedupe: DedupeWindow = new DedupeWindow();
  /** What the last commit left; changed by whoever has committed. */
  counts: StreamCounts;
  #spec: StreamSpec;
  #subjects: readonly SubjectFilter[];
  readonly #anyAppended = new Bell();
  readonly #appended = new Map<number, Bell>();

  constructor({ id, spec, createdAtMs, counts, table }: LogStreamInit) {
    this.id = id;
    this.createdAtMs = createdAtMs;
    this.counts = counts;
    this.table = table;
    this.#spec = spec;
    this.#subjects = spec.subjects.map(compileFilter);
  }

  get name(): string {
    return this.#spec.name;
  }

  get spec(): StreamSpec {
    return this.#spec;
  }

  /** Takes over settings that were committed. */
  configure(spec: StreamSpec): void {
    this.#spec = spec;
    this.#subjects = spec.subjects.map(compileFilter);
  }

  /** Tells whether the stream keeps a subject. */
  keeps(subject: string): boolean {
    return this.#subjects.some((filter) => filter.matches(subject));
  }

  /** Wakes the readers of partitions that got messages. */
  announce(partitions: ReadonlySet<number>): void {
    for (const partition of partitions) this.#appended.get(partition)?.ring();
    this.#anyAppended.ring();
  }

  /** Rings when something is appended that the filter may match. */
  appended({ partition }: SubjectFilter): Bell {
    if (partition === undefined) return this.#anyAppended;
    const bell = this.#appended.get(partition) ?? new Bell();
    this.#appended.set(partition, bell);
    return bell;
  }

  /** Reads messages behind a position, in order. None: there are none up to the page's position. */
  page(filter: SubjectFilter, after: number, limit: number): Page {
    const end = Math.min(this.counts.lastSequence, after + pageSpan);
    if (after >= end) return { messages: [], position: after };
    const rows = this.table.select({ after, end, limit }, filter);
    return {
      messages: (filter.isGlob ? rows : rows.filter(([, , subject]) => filter.matches(subject))).map(
        this.toMessage,
        this,
      ),
      position: rows.length === limit ? rows.at(-1)![0] : end,
    };
  }

  /** Gives a row as the port wants it. */
  toMessage([sequence, storedAtMs, subject, headers, body]: MessageRow): StoredMessage {
    return {
      stream: this.name,
      sequence: BigInt(sequence),
      subject,
      headers: JSON.parse(headers) as Headers,
      body,
      storedAtMs,
    };
  }

  /** Tells the state as the port defines it. */
  state(): StreamState {
    const { lastSequence, messages } = this.counts;
    const empty = lastSequence === 0 ? 0 : lastSequence + 1;
    return {
      name: this.name,
      firstSequence: BigInt(this.table.first()?.sequence ?? empty),
      lastSequence: BigInt(lastSequence),
      messages: BigInt(messages),
      partitions: this.#spec.partitions,
      createdAtMs: this.createdAtMs,
    };
  }
}
