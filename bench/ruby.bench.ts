import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findRuby, rubySdkFolder } from "../tools/ruby/find-ruby.ts";
import { required } from "../tools/servers/availability.ts";
import { startNatsServer } from "../tools/servers/nats-server.ts";
import { startPostgres } from "../tools/servers/postgres.ts";
import type { Bench } from "./bench.ts";

const published = 20_000;
const consumed = 4_000;

/** What `ruby/measure.rb` answers for a round, each a second. */
interface Answer {
  readonly bare: number;
  readonly transport: number;
  readonly relay: number;
  readonly byHand: number;
  readonly withInbox: number;
}

/** The Ruby SDK against what one writes by hand in Ruby: the same messages, the same effects. */
export const bench: Bench = createBench();

function createBench(): Bench {
  let measurer: Measurer | undefined;
  return {
    title: `Ruby: publish ÷ bare nats-pure, ${published} messages; consume with inbox ÷ by hand, ${consumed} events; 512 B`,
    goals: { "publish ÷ bare": { atLeast: 0.8 }, "with inbox ÷ by hand": { atLeast: 0.8 } },
    async setUp() {
      await using starting = new AsyncDisposableStack();
      const nats = starting.adopt(await startNatsServer(), (server) => server.stop());
      const postgres = starting.adopt(await startPostgres(), (server) => server.stop());
      const databaseUrl = await postgres.createDatabase("bench");
      measurer = starting.use(await startMeasurer({ natsUrl: nats.url, databaseUrl, published, consumed }));
      return starting.move();
    },
    async measure({ index }) {
      const { bare, transport, relay, byHand, withInbox } = await measurer!.ask(String(index + 1));
      return [
        { name: "bare publish", value: bare, unit: "messages/s" },
        { name: "publish", value: transport, unit: "messages/s" },
        { name: "publish ÷ bare", value: transport / bare, unit: "×" },
        { name: "relay from PostgreSQL", value: relay, unit: "messages/s" },
        { name: "relay ÷ bare", value: relay / bare, unit: "×" },
        { name: "by hand", value: byHand, unit: "events/s" },
        { name: "with inbox", value: withInbox, unit: "events/s" },
        { name: "with inbox ÷ by hand", value: withInbox / byHand, unit: "×" },
      ];
    },
  };
}

/** A Ruby process that measures a round when asked. */
interface Measurer extends AsyncDisposable {
  ask(round: string): Promise<Answer>;
}

async function startMeasurer(settings: object): Promise<Measurer> {
  const { env } = required(await findRuby());
  const script = join(import.meta.dirname, "ruby", "measure.rb");
  const args = ["exec", "ruby", "-I", "lib", script, JSON.stringify(settings)];
  const child = spawn("bundle", args, { cwd: rubySdkFolder, env });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(round) {
      child.stdin.write(`${round}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("the Ruby process ended; what it wrote is above");
      return JSON.parse(value) as Answer;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.stdin.end();
  });
}
