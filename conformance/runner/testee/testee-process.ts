import type { ChildProcess } from "node:child_process";
import type { HelloReply } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import type { TesteeReport } from "@concord/gen/concord/conformance/v1/testee_report_pb.js";
import type { TesteeProfile } from "../suite/profile.ts";
import { type Exit, signalGroup, spawnGroup, whenEnded } from "./child-group.ts";
import { maxLineBytes, readLines } from "./line-reader.ts";
import type { ProcessGuard } from "./process-guard.ts";
import { type Op, quoteLine, readReply, writeRequest } from "./protocol-line.ts";
import { type Answer, anyOp, createReplyDesk } from "./reply-desk.ts";
import { TesteeFault, type TesteeFaultKind } from "./testee-fault.ts";
import type { WireLog } from "./wire-log.ts";

/** Who hears what a process says; another for each case. */
export interface Listener {
  /** The testee's name in the case. */
  readonly name: string;
  readonly log: WireLog;
  readonly onReport: (report: TesteeReport, at: number) => void;
}

/** A testee that runs and has said hello. */
export interface TesteeProcess {
  readonly hello: HelloReply;
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<Exit>;
  readonly exit: Exit | undefined;
  /** How it broke the protocol, if it did; it is being ended then. */
  readonly fault: TesteeFault | undefined;
  /**
   * Asks and waits for the answer.
   * @throws {OpError} when the answer is an error.
   * @throws {TesteeFault} when it breaks the protocol or ends meanwhile.
   */
  request(op: Op, deadlineMs: number): Promise<Answer>;
  /** Writes a line as it is; waits for the reply with this number, if any. */
  line(text: string, n: number | undefined, deadlineMs: number): Promise<Answer | undefined>;
  listen(listener: Listener | undefined): void;
  /** The end of its standard error output. */
  readonly stderr: string;
  signal(signal: NodeJS.Signals): void;
  /** Ends its input; after 5 s it is killed. */
  quit(): Promise<Exit>;
  /** Ends it at once. */
  kill(): Promise<Exit>;
}

/** What a testee is started with. */
export interface StartOptions {
  readonly profile: TesteeProfile;
  readonly guard: ProcessGuard;
  /** More arguments, such as `--plant NAME`. */
  readonly extraArgs?: readonly string[];
  /** Times that every deadline is multiplied, for machines that are slow or busy. Default 1. */
  readonly patience?: number;
}

const helloDeadlineMs = 10_000;
const quitDeadlineMs = 5_000;
const maxStderrChars = 200_000;

/**
 * Starts a testee and says hello.
 * @throws {TesteeFault} when it does not answer as it must, with the end of its standard error output.
 */
export async function startTestee({
  profile,
  guard,
  extraArgs = [],
  patience = 1,
}: StartOptions): Promise<TesteeProcess> {
  const testee = attend(spawnGroup(profile, extraArgs), guard, patience);
  try {
    const answer = await testee.request({ case: "hello", value: { protocol: 1 } }, helloDeadlineMs);
    return Object.assign(testee, { hello: answer.value as HelloReply });
  } catch (error) {
    await testee.kill();
    if (error instanceof TesteeFault) throw new TesteeFault(error.kind, `${error.message}${lastLines(testee.stderr)}`);
    throw error;
  }
}

function lastLines(stderr: string): string {
  const text = stderr.trim().split("\n").slice(-8).join("\n");
  return text ? `; its standard error output ends:\n${text}` : "";
}

/** What one process is doing. */
interface State {
  exit: Exit | undefined;
  fault: TesteeFault | undefined;
  /** The runner itself wants it to end. */
  endExpected: boolean;
  stderr: string;
  listener: Listener | undefined;
}

function attend(child: ChildProcess, guard: ProcessGuard, patience: number): Omit<TesteeProcess, "hello"> {
  const { pid } = child;
  const state: State = { exit: undefined, fault: undefined, endExpected: false, stderr: "", listener: undefined };
  const note = (what: string, details: object) =>
    state.listener?.log.add(what, { testee: state.listener.name, ...details });
  const breakOff = (kind: TesteeFaultKind, message: string) => {
    if (state.fault || state.endExpected) return;
    state.fault = new TesteeFault(kind, message);
    note("fault", { kind, message });
    desk.rejectAll(state.fault);
    signalGroup(pid, "SIGKILL");
  };
  const desk = createReplyDesk((message) => breakOff("timeout", message));
  if (pid !== undefined) guard.watch(pid);
  hearFrom(
    child,
    state,
    note,
    (line) => {
      const reply = readReply(line);
      if (!reply) return breakOff("stray_output", `the testee wrote what is no reply: ${quoteLine(line)}`);
      if (reply.result.case === "report") return state.listener?.onReport(reply.result.value, performance.now());
      const wrong = desk.settle(reply);
      if (wrong) breakOff("bad_reply", wrong);
    },
    breakOff,
  );

  const ended = whenEnded(child).then(({ code, signal, why }): Exit => {
    state.exit = { code, signal };
    signalGroup(pid, "SIGKILL");
    if (pid !== undefined) guard.forget(pid);
    note("ended", state.exit);
    const crash = new TesteeFault("crashed", `the testee ${why}`);
    if (!state.endExpected) state.fault ??= crash;
    desk.rejectAll(state.fault ?? crash);
    return state.exit;
  });
  const say = (text: string) => {
    note("said", { line: text });
    child.stdin!.write(`${text}\n`);
  };
  const checkAlive = () => {
    if (state.fault) throw state.fault;
    if (state.exit) throw new TesteeFault("crashed", "the testee has ended");
  };
  return {
    pid: pid ?? -1,
    ended,
    get exit() {
      return state.exit;
    },
    get fault() {
      return state.fault;
    },
    get stderr() {
      return state.stderr;
    },
    async request(op, deadlineMs) {
      checkAlive();
      const n = desk.nextN();
      const answer = desk.wait(n, op.case, deadlineMs * patience);
      say(writeRequest(n, deadlineMs * patience, op));
      return answer;
    },
    async line(text, n, deadlineMs) {
      checkAlive();
      if (n !== undefined) desk.take(n);
      const answer = n === undefined ? undefined : desk.wait(n, anyOp, deadlineMs * patience);
      say(text);
      return answer;
    },
    listen(next) {
      state.listener = next;
    },
    signal(signal) {
      if (signal === "SIGKILL" || signal === "SIGTERM") state.endExpected = true;
      if (!state.exit) signalGroup(pid, signal);
    },
    async quit() {
      state.endExpected = true;
      child.stdin!.end();
      const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), quitDeadlineMs);
      return ended.finally(() => clearTimeout(timer));
    },
    async kill() {
      state.endExpected = true;
      if (!state.exit) signalGroup(pid, "SIGKILL");
      return ended;
    },
  };
}

/** Reads what a process writes: replies line by line, its log as it comes. */
function hearFrom(
  { stdin, stdout, stderr }: ChildProcess,
  state: State,
  note: (what: string, details: object) => void,
  onLine: (line: string) => void,
  breakOff: (kind: TesteeFaultKind, message: string) => void,
): void {
  const hear = (line: string) => {
    note("heard", { line });
    if (!state.fault) onLine(line);
  };
  const tooLong = `the testee wrote a line of more than ${maxLineBytes >> 20} MiB`;
  readLines(stdout!, hear, () => breakOff("bad_reply", tooLong));
  stderr!.on("data", (chunk: Buffer) => {
    const text = chunk.toString("utf8");
    state.stderr = (state.stderr + text).slice(-maxStderrChars);
    note("stderr", { text });
  });
  stdin!.on("error", () => {});
}
