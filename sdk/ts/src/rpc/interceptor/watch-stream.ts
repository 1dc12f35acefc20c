/** What is done along a stream of messages. */
export interface StreamHooks<Message> {
  /** Wraps the wait for each message: for what must be active while the other side produces it, or end it early. */
  readonly step?: (wait: () => Promise<IteratorResult<Message>>) => Promise<IteratorResult<Message>>;
  /** Called with each message before it goes on. */
  readonly message?: (message: Message) => void;
  /** Turns a failure into what goes on instead. */
  readonly failure?: (error: unknown) => unknown;
  /** Called once: with the failure, or with undefined after the last message or when nobody reads on. */
  readonly end?: (error: unknown) => void;
}

/** Gives the same messages with hooks along the way. */
export function watchStream<Message>(
  messages: AsyncIterable<Message>,
  hooks: StreamHooks<Message>,
): AsyncIterable<Message> {
  return { [Symbol.asyncIterator]: () => watchIterator(messages[Symbol.asyncIterator](), hooks) };
}

function watchIterator<Message>(iterator: AsyncIterator<Message>, hooks: StreamHooks<Message>): AsyncIterator<Message> {
  const step = hooks.step ?? ((wait) => wait());
  let ended = false;
  const end = (error: unknown) => {
    if (!ended) hooks.end?.(error);
    ended = true;
  };
  return {
    async next() {
      try {
        const result = await step(() => iterator.next());
        if (result.done) end(undefined);
        else hooks.message?.(result.value);
        return result;
      } catch (error) {
        const failure = hooks.failure?.(error) ?? error;
        end(failure);
        // What goes on above was told; what was begun below must still be given up.
        void iterator.return?.().catch(() => {});
        throw failure;
      }
    },
    async return(value) {
      end(undefined);
      await iterator.return?.(value);
      return { done: true, value };
    },
    async throw(error) {
      end(error);
      return (await iterator.throw?.(error)) ?? { done: true, value: undefined };
    },
  };
}
