// A testee that misbehaves as its first argument says; for the tests of the runner.
import { createInterface } from "node:readline";

const [, , vice = "honest", ...rest] = process.argv;
const features = ["encode", "decode", "subject_of", "partition_of", "mode=env"];
const answers = {
  hello: () => ({ name: "fake", language: "none", version: "0", features: vice === "liar" ? ["fly"] : features }),
  partition_of: () => ({ partition: vice === "wrong" ? 7 : 5 }),
};
const say = (reply) => process.stdout.write(`${JSON.stringify(reply)}\n`);
const vices = {
  hang() {},
  crash: () => process.exit(3),
  rubbish(n) {
    console.log("debug: here I am");
    say({ n, partition_of: { partition: 5 } });
  },
  twice(n) {
    say({ n, partition_of: { partition: 5 } });
    say({ n, partition_of: { partition: 5 } });
  },
  late: (n) => setTimeout(say, 400, { n, partition_of: { partition: 5 } }),
  "wrong-id": (n) => say({ n: n + 1, partition_of: { partition: 5 } }),
  "wrong-op": (n) => say({ n, encode: { body: "" } }),
  huge: (n) => process.stdout.write(`{"n":${n},"partition_of":{"x":"${"x".repeat(100 * 1024 * 1024)}"}}\n`),
};

if (vice === "mute") setInterval(() => {}, 1_000);
else {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { n, deadline_ms: _, ...request } = JSON.parse(line);
    const [op] = Object.keys(request);
    if (op !== "hello" && vices[vice]) return vices[vice](n);
    if (answers[op]) return say({ n, [op]: answers[op]() });
    say({ n, error: { code: "unsupported", message: "" } });
  });
}
if (vice === "stubborn") setInterval(() => {}, 1_000);
if (rest.includes("--plant")) process.stderr.write(`planted ${rest.at(-1)}\n`);
