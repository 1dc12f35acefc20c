import { type ChildProcess, spawn } from "node:child_process";
import { create, fromJson, type JsonValue, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import {
  type HelloReply,
  type Reply,
  ReplySchema,
  type Request,
  RequestSchema,
  type TesteeReport,
} from "@concord/gen/concord/conformance/v1/testee_pb.js";
import type { TesteeProfile } from "../suite/profile.ts";
import { maxLineBytes, readLines } from "./line-reader.ts";
import type { ProcessGuard } from "./process-guard.ts";
import { OpError, TesteeFault, type TesteeFaultKind } from "./testee-fault.ts";
import type { WireLog } from "./wire-log.ts";

/** What is asked. */
export type Op = Exclude<NonNullable<MessageInitShape<typeof RequestSchema>["op"]>, { case: undefined }>;

/** The answer to an op, by its name. */
export type Answer = Exclude<Reply["result"], { case: undefined | "error" | "report" }>;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Who hears what a process says; another for each case. */
export interface Listener {
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
  /** Ends it: in order within 5 s, else by SIGKILL. An order that is not followed is a fault. */
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
}

const helloDeadlineMs = 10_000;
const quitDeadlineMs = 5_000;
const maxStderrChars = 200_000;

interface Waiting {
  readonly op: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Starts a testee and says hello.
 * @throws {TesteeFault} when it does not answer as it must.
 */
export async function startTestee(options: StartOptions): Promise<TesteeProcess> {
  const testee = spawnTestee(options);
  try {
    const answer = await testee.request({ case: "hello", value: { protocol: 1 } }, helloDeadlineMs);
    return Object.assign(testee, { hello: answer.value as HelloReply });
  } catch (error) {
    await testee.kill();
    if (error instanceof TesteeFault) throw new TesteeFault(error.kind, `${error.message}${quote(testee.stderr)}`);
    throw error;
  }
}

function quote(stderr: string): string {
  const text = stderr.trim().split("\n").slice(-8).join("\n");
  return text ? `; its standard error output ends:\n${text}` : "";
}

type Unnamed = Omit<TesteeProcess, "hello">;

function spawnTestee({ profile, guard, extraArgs = [] }: StartOptions): Unnamed {
  const [program, ...args] = withExtra(profile.command, extraArgs);
  // A process group of its own: what a shell or bundler starts for it ends with it, and Ctrl-C is the runner's alone.
  const env = { ...process.env, ...profile.environment };
  const child = spawn(program!, args, { detached: process.platform !== "win32", stdio: ["pipe", "pipe", "pipe"], env });
  return attend(child, guard);
}

/** A command typed by hand runs in a shell, which gets arguments as text. */
function withExtra(command: readonly string[], extra: readonly string[]): readonly string[] {
  if (extra.length === 0) return command;
  const isShell = command[0] === "sh" && command[1] === "-c";
  return isShell ? ["sh", "-c", `${command[2]} ${extra.join(" ")}`] : [...command, ...extra];
}

function attend(child: ChildProcess, guard: ProcessGuard): Unnamed {
  const waiting = new Map<number, Waiting>();
  let lastN = 0;
  let exit: Exit | undefined;
  let fault: TesteeFault | undefined;
  let expectedEnd = false;
  let stderr = "";
  let listener: Listener | undefined;
  if (child.pid !== undefined) guard.watch(child.pid);

  const ended = new Promise<Exit>((resolve) => {
    child.once("error", (error) =>
      conclude(resolve, { code: 127, signal: null }, `cannot be started: ${error.message}`),
    );
    child.once("close", (code, signal) => conclude(resolve, { code, signal }, describeExit({ code, signal })));
  });
  function conclude(resolve: (exit: Exit) => void, how: Exit, text: string): void {
    if (exit) return;
    exit = how;
    if (child.pid !== undefined) {
      killGroup(child.pid, "SIGKILL");
      guard.forget(child.pid);
    }
    listener?.log.add("ended", { testee: listener.name, ...how });
    if (!expectedEnd) fault ??= new TesteeFault("crashed", `the testee ${text}`);
    rejectAll(fault ?? new TesteeFault("crashed", `the testee ${text}`));
    resolve(how);
  }
  function rejectAll(error: Error): void {
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    waiting.clear();
  }
  function breakOff(kind: TesteeFaultKind, message: string): void {
    if (fault || expectedEnd) return;
    fault = new TesteeFault(kind, message);
    listener?.log.add("fault", { testee: listener.name, kind, message });
    rejectAll(fault);
    if (child.pid !== undefined) killGroup(child.pid, "SIGKILL");
  }

  readLines(
    child.stdout!,
    (line) => hear(line),
    () => breakOff("bad_reply", `the testee wrote a line of more than ${maxLineBytes >> 20} MiB`),
  );
  child.stderr!.on("data", (chunk: Buffer) => {
    const text = chunk.toString("utf8");
    stderr = (stderr + text).slice(-maxStderrChars);
    listener?.log.add("stderr", { testee: listener.name, text });
  });
  child.stdin!.on("error", () => {});

  function hear(line: string): void {
    listener?.log.add("heard", { testee: listener.name, line });
    if (fault) return;
    const reply = readReply(line);
    if (typeof reply === "string") breakOff("stray_output", `the testee wrote what is no reply: ${reply}`);
    else if (reply.result.case === "report") listener?.onReport(reply.result.value, performance.now());
    else settle(reply);
  }
  function settle({ n, result }: Reply): void {
    const asked = waiting.get(n);
    if (!asked) {
      breakOff("bad_reply", `the testee answered request ${n}, which ${whyUnasked(n)}`);
    } else if (result.case !== "error" && result.case !== asked.op && asked.op !== anyOp) {
      breakOff("bad_reply", `the testee answered ${snake(asked.op)} with ${snake(result.case ?? "nothing")}`);
    } else {
      waiting.delete(n);
      clearTimeout(asked.timer);
      if (result.case !== "error") asked.resolve(result as Answer);
      else asked.reject(new OpError(snake(asked.op), result.value.code, result.value.message));
    }
  }
  const whyUnasked = (n: number) => (n > 0 && n <= lastN ? "it has answered before" : "nobody asked");

  function send(text: string): void {
    listener?.log.add("said", { testee: listener.name, line: text });
    child.stdin!.write(`${text}\n`);
  }
  function wait(n: number, op: string, deadlineMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (fault || exit) return reject(fault ?? new TesteeFault("crashed", `the testee ${describeExit(exit!)}`));
      const late = () => breakOff("timeout", `the testee did not answer ${snake(op)} within ${deadlineMs} ms`);
      waiting.set(n, { op, resolve, reject, timer: setTimeout(late, deadlineMs) });
    });
  }

  async function kill(): Promise<Exit> {
    expectedEnd = true;
    if (child.pid !== undefined && !exit) killGroup(child.pid, "SIGKILL");
    return ended;
  }
  return {
    pid: child.pid ?? -1,
    ended,
    get exit() {
      return exit;
    },
    get fault() {
      return fault;
    },
    get stderr() {
      return stderr;
    },
    request(op, deadlineMs) {
      const n = ++lastN;
      const answer = wait(n, op.case, deadlineMs);
      if (!fault && !exit)
        send(writeRequest(create(RequestSchema, { n, deadlineMs, op } as MessageInitShape<typeof RequestSchema>)));
      return answer;
    },
    async line(text, n, deadlineMs) {
      if (n !== undefined) lastN = Math.max(lastN, n);
      const answer = n === undefined ? undefined : wait(n, anyOp, deadlineMs);
      send(text);
      return answer;
    },
    listen(next) {
      listener = next;
    },
    signal(signal) {
      if (signal === "SIGKILL" || signal === "SIGTERM") expectedEnd = true;
      if (child.pid !== undefined && !exit) killGroup(child.pid, signal);
    },
    async quit() {
      expectedEnd = true;
      child.stdin!.end();
      const timer = setTimeout(() => child.pid !== undefined && killGroup(child.pid, "SIGKILL"), quitDeadlineMs);
      const how = await ended;
      clearTimeout(timer);
      return how;
    },
    kill,
  };
}

/** Stands for any op: a raw line may ask what the runner does not know. */
const anyOp = "any";

function readReply(line: string): Reply | string {
  try {
    const reply = fromJson(ReplySchema, JSON.parse(line) as JsonValue, { ignoreUnknownFields: true });
    return reply.result.case === undefined ? shorten(line) : reply;
  } catch {
    return shorten(line);
  }
}

function shorten(line: string): string {
  return line.length > 200 ? `${line.slice(0, 200)}… (${line.length} characters)` : JSON.stringify(line);
}

function writeRequest(request: Request): string {
  return JSON.stringify(toJson(RequestSchema, request, { useProtoFieldName: true }));
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function describeExit({ code, signal }: Exit): string {
  return signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
}

/** The group may be gone already, or be no group where the system has none. */
function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // Nobody left to hear it.
  }
}
