import { describe, expect, it } from "vitest";
import { defaultRetryPolicy } from "./contract/retry-policy.ts";
import { ConcordError, RetryLaterError, TerminalError } from "./error.ts";
import { judgeFailure } from "./judge-failure.ts";

const context = { policy: defaultRetryPolicy, attempt: 1, random: () => 0.5 };

describe("judgeFailure", () => {
  it("repeats an unknown failure with backoff and jitter, counted (F10)", () => {
    expect(judgeFailure(new Error("x"), context)).toEqual({ kind: "wait", delayMs: 150, counted: true });
    expect(judgeFailure(new Error("x"), { ...context, attempt: 3 })).toMatchObject({ delayMs: 600 });
  });

  it("gives up when the attempts of the contract are used up, with the code of the last error", () => {
    const error = new ConcordError("unavailable", "x");
    expect(judgeFailure(error, { ...context, attempt: 5 })).toEqual({
      kind: "dead",
      reason: "exhausted",
      error: "unavailable",
      counted: true,
    });
    expect(judgeFailure("thrown text", { ...context, attempt: 5 })).toMatchObject({ error: "internal" });
  });

  it("does not count a wait that the handler asked for, however often", () => {
    const error = new RetryLaterError({ delayMs: 400 });
    expect(judgeFailure(error, { ...context, attempt: 99 })).toEqual({ kind: "wait", delayMs: 400, counted: false });
  });

  it("ends a terminal failure at once", () => {
    expect(judgeFailure(new TerminalError("x"), context)).toEqual({
      kind: "dead",
      reason: "terminal",
      error: "terminal",
      counted: true,
    });
  });

  it("takes the reason that a middleware gives, with the code of its cause; that was no attempt (F11)", () => {
    const cause = new ConcordError("invalid_data", "x");
    const error = new TerminalError("x", { cause, details: { reason: "invalid" } });
    expect(judgeFailure(error, context)).toEqual({
      kind: "dead",
      reason: "invalid",
      error: "invalid_data",
      counted: false,
    });
  });
});
