import { setTimeout as delay } from "node:timers/promises";
import type { NetworkAct } from "@concord/gen/concord/conformance/v1/server_act_pb.js";
import type { Line, Step } from "@concord/gen/concord/conformance/v1/step_pb.js";
import { type CaseContext, testeeOf } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { difference, show } from "../match/match-value.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { OpError } from "../testee/testee-fault.ts";
import { jsonOf } from "../wire/bytes-value.ts";
import { answerJson } from "./ops.ts";

const signals: Readonly<Record<string, NodeJS.Signals>> = {
  KILL: "SIGKILL",
  TERM: "SIGTERM",
  STOP: "SIGSTOP",
  CONT: "SIGCONT",
};

/** Sends a signal; after SIGKILL the process is gone. */
export async function doSignal(context: CaseContext, step: Step, name: string): Promise<void> {
  const signal = signals[name];
  if (!signal) throw new SuiteError(`there is no signal ${name}; there are ${Object.keys(signals).join(", ")}`);
  const testee = testeeOf(context, step.on);
  context.log.add("signal", { testee: testee.name, signal });
  testee.process?.signal(signal);
  if (signal !== "SIGKILL") return;
  await testee.process?.ended;
  testee.process = undefined;
  testee.subscribed = undefined;
}

/** Starts a testee, again after it has ended, with settings that may differ. The case's time stands still meanwhile. */
export async function doStart(context: CaseContext, step: Step): Promise<void> {
  const testee = testeeOf(context, step.on);
  if (testee.process && !testee.process.exit) await testee.process.kill();
  if (step.act.case === "start" && step.act.value.configure) {
    testee.settings = { ...testee.settings, ...present(step.act.value.configure) };
  }
  const began = performance.now();
  await context.start(testee);
  context.deadlineAt += performance.now() - began;
}

function present<Settings extends object>(settings: Settings): Partial<Settings> {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== "" && value !== 0n),
  ) as Partial<Settings>;
}

/** Writes a raw line, and checks the reply by its number. */
export async function doLine(context: CaseContext, step: Step, { text, n }: Line): Promise<void> {
  const { process } = testeeOf(context, step.on);
  if (!process) throw new CaseFailure("the testee running", "it was ended by an earlier step");
  try {
    const answer = await process.line(text, n || (step.error || step.reply ? 0 : undefined), step.withinMs || 2_000);
    if (step.error) throw new CaseFailure(`the line fails with ${step.error}`, "it succeeds");
    const pattern = jsonOf(step.reply);
    const found = answer && pattern !== undefined ? difference(pattern, answerJson(answer)) : undefined;
    if (found !== undefined) throw new CaseFailure(`the reply ${show(pattern)}`, found);
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    if (!step.error.split("|").includes(error.code))
      throw new CaseFailure(`the code ${step.error || "of none"}`, error.message);
  }
}

/** Does something to a testee's connections. */
export async function doNetwork(context: CaseContext, step: Step, { to, act }: NetworkAct): Promise<void> {
  const testee = testeeOf(context, step.on);
  const proxy = to === "database" ? testee.databaseProxy : testee.brokerProxy;
  if (!proxy) throw new SuiteError(`testee ${testee.name} has no connection to its ${to || "broker"} that can be cut`);
  context.log.add("network", { testee: testee.name, to: to || "broker", act: act.case });
  if (act.case === "cut") proxy.cut();
  else if (act.case === "refuse") proxy.refuse();
  else if (act.case === "blackhole") proxy.swallow("both");
  else if (act.case === "mute") proxy.swallow("from_server");
  else if (act.case === "delayMs") proxy.delay(act.value);
  else if (act.case === "heal") proxy.heal();
  await delay(0);
}
