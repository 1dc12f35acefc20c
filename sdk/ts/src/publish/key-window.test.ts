import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createKeyWindow } from "./key-window.ts";

/** Tasks that end when they are told. */
function createTasks() {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  return {
    started,
    task: (name: string) => () => {
      started.push(name);
      const end = Promise.withResolvers<void>();
      ends.set(name, end);
      return end.promise;
    },
    end: async (name: string) => {
      ends.get(name)!.resolve();
      await turn();
    },
    fail: async (name: string) => {
      ends.get(name)!.reject(new Error(`${name} failed`));
      await turn();
    },
  };
}

it("runs the tasks of one key one after the other, and those of others beside them", async () => {
  const [window, { started, task, end }] = [createKeyWindow(), createTasks()];
  for (const name of ["a1", "a2", "b1"]) await window.run(name[0]!, task(name));
  await turn();
  expect(started).toEqual(["a1", "b1"]);
  await end("a1");
  expect(started).toEqual(["a1", "b1", "a2"]);
});

it("takes no more tasks than its limit", async () => {
  const [window, { started, task, end }] = [createKeyWindow(2), createTasks()];
  await window.run("a", task("a"));
  await window.run("b", task("b"));
  const third = window.run("c", task("c"));
  await turn();
  expect(started).toEqual(["a", "b"]);
  await end("a");
  await third;
  await turn();
  expect(started).toEqual(["a", "b", "c"]);
});

it("starts nothing after a task has failed, and tells of it", async () => {
  const [window, { started, task, fail }] = [createKeyWindow(), createTasks()];
  await window.run("a", task("a1"));
  await window.run("a", task("a2"));
  await turn();
  await fail("a1");
  expect(started).toEqual(["a1"]);
  await expect(window.run("b", task("b"))).rejects.toThrow("a1 failed");
  await expect(window.settled()).rejects.toThrow("a1 failed");
});
