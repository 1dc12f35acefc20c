import { describe, expect, it } from "vitest";
import { createMutex } from "./mutex.ts";

describe("a mutex", () => {
  it("lets callers in one at a time, in the order in which they asked", async () => {
    const mutex = createMutex();
    const seen: string[] = [];
    const work = async (name: string) => {
      const release = await mutex.acquire();
      seen.push(`${name} in`);
      await Promise.resolve();
      seen.push(`${name} out`);
      release();
    };
    await Promise.all([work("a"), work("b"), work("c")]);
    expect(seen).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
  });

  it("lets the next one in when one gave up waiting", async () => {
    const mutex = createMutex();
    const release = await mutex.acquire();
    const abort = new AbortController();
    const impatient = mutex.acquire(abort.signal);
    const patient = mutex.acquire();
    abort.abort(new Error("no time"));
    await expect(impatient).rejects.toThrow("no time");
    release();
    (await patient)();
    (await mutex.acquire())();
  });

  it("lets one in when its holder ends its turn twice", async () => {
    const mutex = createMutex();
    const release = await mutex.acquire();
    const second = mutex.acquire();
    let third = false;
    void mutex.acquire().then(() => {
      third = true;
    });
    release();
    release();
    await second;
    await Promise.resolve();
    expect(third).toBe(false);
  });

  it("refuses a caller whose signal was aborted before", async () => {
    await expect(createMutex().acquire(AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
  });
});
