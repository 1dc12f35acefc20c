import type { CommandSpec, OptionSpec } from "./command-spec.ts";

const json = formats("text", "json");
const annotated = formats("text", "json", "github");
const strict: OptionSpec = { flags: "--strict", description: "warnings are found things too: exit with 1" };

/** Where an operating command finds broker and databases; see docs/cli.md. */
const surroundings: readonly OptionSpec[] = [
  { flags: "--profile <name>", description: "surroundings of this name in concord.yaml (default: its default)" },
  { flags: "--transport <url>", description: "nats://HOST:PORT or embedded:FILE, instead of the profile's" },
  { flags: "--namespace <name>", description: "prefix that keeps systems on one broker apart" },
  json,
];
const from: OptionSpec = { flags: "--from <time>", description: "only what was stored then or later: ISO 8601" };
const to: OptionSpec = { flags: "--to <time>", description: "only what was stored before then: ISO 8601" };
const rate: OptionSpec = { flags: "--rate <number>", description: "at most so many in a second (default: no limit)" };
const database: OptionSpec = {
  flags: "--database <url>",
  description: "postgres://… or sqlite:FILE, instead of the profile's; a password belongs into the environment",
};

/** Every command but the one that lists them, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    name: "new",
    arguments: { "<service>": "its name: a-z, 0-9 and -" },
    description: "makes a runnable service with its contract, code and test in a folder of its name",
    options: [
      { flags: "--packages <folder>", description: "take @concord packages packed in this folder, not the registry's" },
      json,
    ],
    example: "concord new billing",
    load: () => import("../scaffold/new.ts"),
  },
  {
    name: "lint",
    description: "checks the contracts of the workspace in this folder, as buf.yaml says",
    options: [annotated, strict],
    example: "concord lint --format github",
    load: () => import("../check/lint.ts"),
  },
  {
    name: "breaking",
    description: "tells whom a change of contracts breaks",
    options: [
      {
        flags: "--against <ref>",
        description: "compare with this tag, branch or commit (default: each release whose events may be stored)",
      },
      annotated,
      strict,
    ],
    example: "concord breaking --against v1.4.0",
    load: () => import("../check/breaking.ts"),
  },
  {
    name: "explain",
    arguments: { "[rule]": "as lint and breaking name it (default: lists all)" },
    description: "tells of a rule what it finds, who breaks and how to change safely instead",
    options: [json],
    example: "concord explain EVENT_KEY_SAME",
    load: () => import("../check/explain.ts"),
  },
  {
    name: "list",
    arguments: { "[what]": "streams, events or services (default: all three)" },
    description: "tells what the contracts say, and how the broker differs",
    options: [
      { flags: "--live", description: "compare with the broker: exit with 1 when it differs" },
      ...surroundings,
    ],
    example: "concord list streams --live",
    load: () => import("../operate/list.ts"),
  },
  {
    name: "publish",
    arguments: { "<type>": "full name of an event or command", "<json>": "its data as ProtoJSON; - reads the input" },
    description: "publishes an event or sends a command by its contract",
    options: [
      { flags: "--as <service>", description: "who sends the command (default: a service that declares to)" },
      ...surroundings,
    ],
    example: `concord publish shop.users.v1.UserCreated '{"userId": "ada", "username": "ada", "email": "ada@example.com"}'`,
    load: () => import("../operate/publish.ts"),
  },
  {
    name: "tail",
    arguments: { "<type>": "full name of an event or command, or the name of a stream" },
    description: "prints events as they come, decoded by their contract; sensitive fields are left out",
    options: [
      { flags: "--key <key>", description: "only events of this key" },
      from,
      to,
      { flags: "--limit <number>", description: "end after so many" },
      { flags: "--no-follow", description: "end with the last one that is stored, instead of waiting" },
      ...surroundings,
    ],
    example: "concord tail shop.orders.v1.OrderCreated --from 2026-01-01 --no-follow",
    load: () => import("../operate/tail.ts"),
  },
  {
    name: "dead-letters list",
    arguments: { "<service>": "who gave up" },
    description: "lists what a service gave up on, the oldest first",
    options: [{ flags: "--type <type>", description: "only events of this type" }, ...surroundings],
    example: "concord dead-letters list notifications",
    load: () => import("../operate/dead-letters-list.ts"),
  },
  {
    name: "dead-letters show",
    arguments: { "<service>": "who gave up", "<sequence>": "number of the dead letter, as the list gives it" },
    description: "shows one dead letter with its data, sensitive fields left out",
    options: surroundings,
    example: "concord dead-letters show notifications 1",
    load: () => import("../operate/dead-letters-show.ts"),
  },
  {
    name: "dead-letters redrive",
    arguments: { "<service>": "who gave up", "[sequence]": "number of one dead letter (default: all)" },
    description: "sends dead letters back to the service that gave up, and to no other",
    options: [
      { flags: "--type <type>", description: "only events of this type" },
      { flags: "--dry-run", description: "only tell how many it would be" },
      rate,
      ...surroundings,
    ],
    example: "concord dead-letters redrive notifications --dry-run",
    load: () => import("../operate/dead-letters-redrive.ts"),
  },
  {
    name: "outbox status",
    arguments: { "<service>": "whose outbox" },
    description: "tells what waits in a service's outbox and what is stuck: exit with 1 when something is",
    options: [database, ...surroundings],
    example: "concord outbox status orders",
    load: () => import("../operate/outbox-status.ts"),
  },
  {
    name: "outbox release",
    arguments: { "<service>": "whose outbox", "<id>": "number of the row, as the status gives it" },
    description: "lets a row in quarantine, and those of its key behind it, be sent again",
    options: [{ flags: "--drop", description: "delete the row instead: its event is lost" }, database, ...surroundings],
    example: "concord outbox release orders 17",
    load: () => import("../operate/outbox-release.ts"),
  },
  {
    name: "replay",
    description: "hands a time range of events to one service again, which handles what it has not handled yet",
    options: [
      { flags: "--for <service>", description: "who gets them" },
      from,
      to,
      { flags: "--type <type>", description: "only events of this type" },
      { flags: "--run", description: "do it; without this the replay is only counted" },
      { flags: "--again", description: "handle also what was handled: effects happen a second time" },
      rate,
      ...surroundings,
    ],
    example: "concord replay --for notifications --from 2026-01-01 --to 2027-01-01",
    load: () => import("../operate/replay.ts"),
  },
  {
    name: "conformance",
    description: "runs the conformance suite against an implementation; its own --help tells its options",
    example: "concord conformance --help",
    passesOn: true,
    load: () => import("../operate/conformance.ts"),
  },
  {
    name: "permissions",
    arguments: { "[service]": "its name (default: all services)" },
    description: "writes what nats-server must let a service do, from its contract",
    options: [
      { flags: "--namespace <name>", description: "prefix that keeps systems on one broker apart" },
      formats("nats", "json"),
    ],
    example: "concord permissions orders",
    load: () => import("../permissions/permissions.ts"),
  },
  {
    name: "docs",
    description: "writes AsyncAPI documents of all services and a page of who publishes what to whom",
    options: [
      { flags: "--out <folder>", description: "where to write them", default: "gen/asyncapi" },
      { flags: "--package <name>", description: "only contracts of this package and those below it (default: all)" },
      { flags: "--check", description: "write nothing: exit with 1 when the folder's files are not up to date" },
      json,
    ],
    example: "concord docs --out docs/events",
    load: () => import("../document/docs.ts"),
  },
  {
    name: "doctor",
    description: "checks tools, configuration, contracts, broker, databases and clocks, and says what to do",
    options: surroundings,
    example: "concord doctor",
    load: () => import("../operate/doctor.ts"),
  },
];

function formats(...choices: string[]): OptionSpec {
  return { flags: "--format <format>", description: "how to print", choices, default: choices[0]! };
}
