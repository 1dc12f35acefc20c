/** Names one partition of one stream for one consumer. */
export interface PartitionRef {
  /** The consuming service. */
  readonly consumer: string;
  /** The broker's name of the stream. */
  readonly stream: string;
  readonly partition: number;
}

/** How far a consumer has come in one partition: everything up to here is settled in its inbox. */
export interface Cursor {
  readonly sequence: bigint;
  /** Message id or event id found at that sequence, to see that the stream is still the same (trap T26). */
  readonly eventId: string;
  /** When the stream was made, in milliseconds since the epoch; a recreated one differs. */
  readonly streamCreatedAtMs: number;
  /** Time of the event there, in milliseconds since the epoch: inbox days before it may be dropped. */
  readonly eventTimeMs: number;
}

/** Keeps the positions of a consumer in its own database. */
export interface CursorStore {
  load(ref: PartitionRef): Promise<Cursor | undefined>;
  /** Keeps the larger of the stored and the given position; one statement for all. */
  advance(cursors: readonly (PartitionRef & Cursor)[]): Promise<void>;
  /**
   * Sets a position, smaller ones too: after the stream lost events, and for replays.
   * @param options `isOtherStream`: the stream gives sequences again that stood for other events before, so what is parked
   *   from now on comes after all that is parked already. Default false.
   */
  rewind(ref: PartitionRef, cursor: Cursor, options?: { readonly isOtherStream?: boolean | undefined }): Promise<void>;
  /** Says that a session reads the partition; true when an earlier one did not end in order. */
  open(ref: PartitionRef): Promise<boolean>;
  /** Says that the session ended in order. */
  close(ref: PartitionRef): Promise<void>;
  list(consumer: string): Promise<readonly (PartitionRef & Cursor)[]>;
}
