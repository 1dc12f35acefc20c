/** What is done along a stream of messages. */
export interface StreamHooks<Message> {
  /** Wraps each wait for the other side: for what must be active while it works, or to end the wait early. */
  readonly step?: <Result>(wait: () => Promise<Result>) => Promise<Result>;
  /** Called with each message before it goes on. */
  readonly message?: (message: Message) => void;
  /** Turns a failure into what goes on instead. */
  readonly failure?: (error: unknown) => unknown;
  /** Called once: with the failure, or with undefined after the last message or when nobody reads on. */
  readonly end?: (error: unknown) => void;
  /** Gives the stream up when it aborts, also while nobody reads. */
  readonly until?: AbortSignal;
}

/** Gives the same messages with hooks along the way. */
export function watchStream<Message>(
  messages: AsyncIterable<Message>,
  hooks: StreamHooks<Message>,
): AsyncIterable<Message> {
  return { [Symbol.asyncIterator]: () => watchIterator(messages[Symbol.asyncIterator](), hooks) };
}

function watchIterator<Message>(iterator: AsyncIterator<Message>, hooks: StreamHooks<Message>): AsyncIterator<Message> {
  const { step = (wait) => wait(), until } = hooks;
  const giveUp = () => void iterator.return?.().catch(() => {});
  until?.addEventListener("abort", giveUp, { once: true });
  let ended = false;
  const end = (error: unknown) => {
    until?.removeEventListener("abort", giveUp);
    if (!ended) hooks.end?.(error);
    ended = true;
  };
  const fail = (error: unknown) => {
    const failure = hooks.failure?.(error) ?? error;
    end(failure);
    return failure;
  };
  return {
    async next() {
      try {
        const result = await step(() => iterator.next());
        if (result.done) end(undefined);
        else hooks.message?.(result.value);
        return result;
      } catch (error) {
        giveUp();
        throw fail(error);
      }
    },
    async return(value) {
      const returned = iterator.return?.(value) ?? Promise.resolve();
      try {
        await step(() => Promise.resolve(returned));
        end(undefined);
      } catch (error) {
        fail(error);
      }
      return { done: true, value };
    },
    async throw(error) {
      fail(error);
      return (await iterator.throw?.(error)) ?? { done: true, value: undefined };
    },
  };
}
