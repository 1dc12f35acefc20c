import { create, createRegistry } from "@bufbuild/protobuf";
import { UserCreatedSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import { createLogger } from "./logger.ts";

function capture(registry = createRegistry(UserCreatedSchema)) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { log: createLogger({ service: "users", level: "info", registry, destination }), lines };
}

const user = create(UserCreatedSchema, {
  userId: "u-1",
  username: "ada",
  email: "ada@example.com",
  fullName: "Ada L.",
});

it("writes one JSON line a fact, with service, level and time", () => {
  const { log, lines } = capture();
  log.child({ orderId: "o-1" }).info({ durationMs: 3 }, "order placed");
  log.debug({}, "too fine for this level");
  expect(lines).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      service: "users",
      orderId: "o-1",
      durationMs: 3,
      msg: "order placed",
    },
  ]);
});

it("writes a message without what its contract marks sensitive (T28)", () => {
  const { log, lines } = capture();
  log.info({ data: user }, "user created");
  expect(lines[0]?.data).toEqual({ user_id: "u-1", username: "ada", email: "[redacted]", full_name: "[redacted]" });
});

it("writes only the type of a message whose contract it does not know (T28)", () => {
  const { log, lines } = capture(createRegistry());
  log.info({ data: user }, "user created");
  expect(lines[0]?.data).toEqual({ type: "shop.users.v1.UserCreated" });
});

it("writes code, message and cause of an error, and no stack (T28)", () => {
  const { log, lines } = capture();
  log.error(
    { err: new ConcordError("unavailable", "the broker is gone", { cause: new Error("socket closed") }) },
    "failed",
  );
  expect(lines[0]?.err).toEqual({
    name: "ConcordError",
    code: "unavailable",
    message: "the broker is gone",
    cause: { name: "Error", message: "socket closed" },
  });
});

it("writes what the moment gives beside each line", () => {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = createLogger({ service: "users", level: "info", context: () => ({ traceId: "abc" }), destination });
  log.info({ n: 1 }, "one");
  expect(lines).toMatchObject([{ traceId: "abc", n: 1 }]);
});
