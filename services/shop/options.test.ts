import { expect, it } from "vitest";
import { readOptions, UsageError } from "./options.ts";

it.each([
  [["--sideways"], "--sideways"],
  [["--transport", "pigeon"], "embedded or nats"],
  [["--database", "paper"], "sqlite or postgres"],
  [["--servers", "2"], "1 or 3"],
  [["--port", "x"], "0 to 65535"],
  [["--port", "65536"], "0 to 65535"],
  [["--polyglot", "--transport", "embedded"], "use --transport nats"],
])("refuses %j and says what there is instead", (args, text) => {
  expect(() => readOptions(args)).toThrow(UsageError);
  expect(() => readOptions(args)).toThrow(text);
});

it("runs in one process on files of its own unless told otherwise", () => {
  expect(readOptions([])).toEqual({
    once: false,
    transport: "embedded",
    database: "sqlite",
    servers: 1,
    chaos: false,
    polyglot: false,
    auth: false,
    port: 8080,
    dataFolder: undefined,
  });
  expect(readOptions(["--polyglot", "--auth"])).toMatchObject({ transport: "nats", polyglot: true, auth: true });
  expect(readOptions(["--chaos", "--help"])).toBe("help");
});
