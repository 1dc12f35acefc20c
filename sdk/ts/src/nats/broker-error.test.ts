import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/nats-core";
import { describe, expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import { toBrokerError } from "./broker-error.ts";

const apiError = (code: number, description: string, status = 400) =>
  new JetStreamApiError({ code: status, err_code: code, description });
const because = (cause: Error) => new errors.RequestError("request failed", { cause });

describe("a broker's error", () => {
  it.each([
    [apiError(10059, "stream not found"), "not_found"],
    [apiError(10077, "maximum messages exceeded"), "resource_exhausted"],
    [apiError(10047, "insufficient storage resources available"), "resource_exhausted"],
    [apiError(10054, "message size exceeds maximum allowed"), "too_large"],
    [apiError(10065, "subjects overlap with an existing stream"), "stream_conflict"],
    [apiError(10201, "atomic publish batch contains duplicate message id"), "already_exists"],
    [apiError(10008, "JetStream system temporarily unavailable"), "unavailable"],
    [apiError(10039, "JetStream not enabled for account"), "unsupported"],
    [apiError(10158, "duplicate message id is in process"), "unavailable"],
    [apiError(1, "from the future"), "internal"],
    [apiError(2, "not now", 503), "unavailable"],
    [because(new errors.NoRespondersError("x")), "unsupported"],
    [because(new errors.PermissionViolationError("no", "publish", "evt.x")), "permission_denied"],
    [new errors.TimeoutError(), "deadline_exceeded"],
    [new errors.AuthorizationError("Authorization Violation"), "unauthenticated"],
    [new errors.UserAuthenticationExpiredError("User Authentication Expired"), "unauthenticated"],
    [new errors.ClosedConnectionError(), "unavailable"],
    [new Error("read ECONNRESET"), "unavailable"],
    ["a string", "unavailable"],
  ])("%s has the code %s", (thrown, code) => {
    const error = toBrokerError("publishing 1", thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^publishing 1 failed: /) });
    expect(error.cause).toBe(thrown);
  });

  it("names the subject that is not granted, and what to do", () => {
    const { message, details } = toBrokerError(
      "reading",
      new errors.PermissionViolationError("no", "subscription", "a.b"),
    );
    expect(message).toBe(
      'reading failed: the account may not subscribe to "a.b"; grant it in the server\'s permissions',
    );
    expect(details).toMatchObject({ subject: "a.b" });
  });

  it("stays what it is when it has a code already", () => {
    const error = new ConcordError("canceled", "stop");
    expect(toBrokerError("publishing", error)).toBe(error);
  });
});
