import type { CommandContext, CommandInput, CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { runTool } from "../image/run-tool.ts";
import { createPaint } from "../paint.ts";
import { openBroker } from "../system/open-broker.ts";
import { openDatabase } from "../system/open-database.ts";
import { type Profile, readProfile } from "../system/profile.ts";
import { readSystem, type SystemContracts } from "../system/system-contracts.ts";
import { wantedStreams } from "../system/wanted-streams.ts";
import { print } from "./print.ts";

/** What one look found. */
interface Finding {
  readonly check: string;
  readonly status: "fine" | "wrong" | "skipped";
  /** What is there, or what is wrong and what to do. */
  readonly detail: string;
  readonly exitCode: number;
}

/** Clocks further apart than this make leases and times in traces hard to believe, in milliseconds. */
const skewLimitMs = 1_000;

/** Looks at everything that a service needs, and tells of each whether it works and what to do if not. */
export const run: CommandRun = async ({ options }, context) => {
  const findings: Finding[] = [];
  const look = async <Value>(check: string, ask: () => Promise<[Value, string]>): Promise<Value | undefined> => {
    try {
      const [value, detail] = await ask();
      findings.push({ check, status: "fine", detail, exitCode: exitCodes.fine });
      return value;
    } catch (error) {
      const exitCode = error instanceof CommandError ? error.exitCode : exitCodes.unreachable;
      findings.push({ check, status: "wrong", detail: (error as Error).message, exitCode });
      return undefined;
    }
  };
  await look("node", async () => [true, `${process.version}; 24 or newer is needed`]);
  await look("buf", () => lookAtBuf(context));
  const profile = await look("configuration", () => lookAtProfile(options, context));
  const system = await look("contracts", () => lookAtContracts(context));
  if (profile) await look("broker", () => lookAtBroker(profile, system, context));
  for (const { name } of system?.services ?? []) {
    const url = await profile?.databaseOf(name).catch(() => undefined);
    if (url !== undefined) await look(`database of ${name}`, () => lookAtDatabase(url, context));
  }
  const paint = createPaint(context.isTerminal);
  const shown = findings.map(({ check, status, detail }) => ({ check, status, detail }));
  print(context, options, { findings: shown }, () =>
    shown.map(
      ({ check, status, detail }) =>
        `${status === "fine" ? paint("green", "✓") : paint("red", "✗")} ${check}: ${detail}`,
    ),
  );
  return Math.max(...findings.map(({ exitCode }) => exitCode));
};

async function lookAtBuf({ cwd }: CommandContext): Promise<[boolean, string]> {
  const { code, stdout } = await runTool("buf", ["--version"], { cwd });
  if (code === 0) return [true, stdout.toString().trim()];
  throw new CommandError(exitCodes.wrongUse, "buf cannot be started; install @bufbuild/buf");
}

async function lookAtProfile(options: CommandInput["options"], context: CommandContext): Promise<[Profile, string]> {
  const profile = await readProfile(options, context);
  const where = profile.transport.replace(/\/\/[^@/]*@/, "//");
  return [profile, `${profile.name ? `profile ${profile.name}, ` : ""}transport ${where}`];
}

async function lookAtContracts(context: CommandContext): Promise<[SystemContracts, string]> {
  const system = await readSystem(context);
  const { events, services } = system;
  if (services.length > 0) return [system, `${events.length} events and commands of ${services.length} services`];
  throw new CommandError(exitCodes.found, "no contract declares a service; set option (concord.event.v1.service)");
}

async function lookAtBroker(
  profile: Profile,
  system: SystemContracts | undefined,
  context: CommandContext,
): Promise<[boolean, string]> {
  await using transport = await openBroker(profile, context);
  const wanted = system ? wantedStreams(system, profile.namespace) : [];
  const found = await transport.inspect?.(wanted, { signal: context.signal });
  const faults = found?.different.flatMap(({ differences }) => differences) ?? [];
  if (faults.length > 0) throw new CommandError(exitCodes.found, faults.join("; "));
  const there = wanted.length - (found?.missing.length ?? 0);
  return [true, `${transport.health().detail}; ${there} of ${wanted.length} streams are there`];
}

async function lookAtDatabase(url: string, context: CommandContext): Promise<[boolean, string]> {
  await using opened = await openDatabase(url, context);
  const skewMs = Math.round((await opened.now()) - context.now());
  if (Math.abs(skewMs) > skewLimitMs) {
    throw new CommandError(
      exitCodes.found,
      `its clock is ${skewMs} ms from this machine's; let both follow one time server`,
    );
  }
  const { waiting, quarantined } = await opened.stores.outbox.status();
  if (quarantined > 0) {
    throw new CommandError(exitCodes.found, `${quarantined} rows are in quarantine; "concord outbox status" tells why`);
  }
  return [true, `${waiting} rows wait in the outbox, its clock is ${skewMs} ms from this machine's`];
}
