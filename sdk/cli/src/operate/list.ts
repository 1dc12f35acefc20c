import type { EventContract } from "@concord/sdk";
import type { CommandContext, CommandInput, CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { openBroker } from "../system/open-broker.ts";
import { readProfile } from "../system/profile.ts";
import { readSystem, type SystemContracts } from "../system/system-contracts.ts";
import { wantedStreams } from "../system/wanted-streams.ts";
import { print, table } from "./print.ts";

const kinds = ["streams", "events", "services"] as const;

/** Tells what contracts say, and with `--live` how the broker's streams differ from it. */
export const run: CommandRun = async ({ arguments: [what], options }, context) => {
  if (what !== undefined && !kinds.includes(what as never)) {
    throw new CommandError(exitCodes.wrongUse, `there is no list of "${what}"; give ${kinds.join(", ")}`);
  }
  const profile = await readProfile(options, context);
  const system = await readSystem(context);
  const all = { streams: streamsOf(system, profile.namespace), events: eventsOf(system), services: servicesOf(system) };
  const live = options.live ? await compare(system, options, context) : undefined;
  const chosen = what === undefined ? all : { [what]: all[what as keyof typeof all] };
  print(context, options, { ...chosen, ...(live && { live }) }, () => [
    ...Object.entries(chosen)
      .flatMap(([name, rows]) => ["", name.toUpperCase(), ...toTable(rows)])
      .slice(1),
    ...(live ? ["", ...liveLines(live)] : []),
  ]);
  const differs = live && live.missing.length + live.different.length + live.orphaned.length > 0;
  return differs ? exitCodes.found : exitCodes.fine;
};

function streamsOf(system: SystemContracts, namespace: string | undefined) {
  return wantedStreams(system, namespace).map(({ name, partitions, retentionMs, replicas }) => ({
    name,
    partitions,
    retentionDays: retentionMs / 86_400_000,
    replicas: replicas ?? null,
  }));
}

function eventsOf(system: SystemContracts) {
  return system.events.map((contract: EventContract) => ({
    type: contract.type,
    kind: contract.kind,
    owner: contract.owner,
    stream: contract.stream,
    consumers: system.consumersOf(contract.type).map(({ name }) => name),
  }));
}

function servicesOf(system: SystemContracts) {
  return system.services.map((service) => ({
    name: service.name,
    publishes: system.publishedBy(service).map(({ type }) => type),
    handles: service.consumes.map(({ event }) => event),
    methods: service.methods.map(({ name }) => name),
    calls: service.calls,
  }));
}

interface Live {
  readonly missing: readonly string[];
  readonly different: readonly { readonly stream: string; readonly differences: readonly string[] }[];
  readonly orphaned: readonly string[];
}

async function compare(
  system: SystemContracts,
  options: CommandInput["options"],
  context: CommandContext,
): Promise<Live> {
  const profile = await readProfile(options, context);
  await using transport = await openBroker(profile, context);
  const inspection = await transport.inspect?.(wantedStreams(system, profile.namespace), { signal: context.signal });
  const { missing = [], different = [], unwanted = [] } = inspection ?? {};
  const own = new RegExp(`^${profile.namespace ? `${profile.namespace}-` : ""}(evt|cmd|dlq|rdr)-`);
  return { missing, different, orphaned: unwanted.filter((name) => own.test(name)) };
}

function liveLines({ missing, different, orphaned }: Live): string[] {
  const lines = [
    ...missing.map((name) => `missing    ${name}: a service makes it when it starts`),
    ...different.flatMap(({ differences }) => differences.map((sentence) => `different  ${sentence}`)),
    ...orphaned.map((name) => `orphaned   ${name}: no contract names it any more; remove it when nobody reads it`),
  ];
  return lines.length > 0 ? lines : ["the broker is as the contracts want it"];
}

function toTable(rows: readonly object[]): string[] {
  const [first] = rows;
  if (first === undefined) return ["none"];
  const cell = (value: unknown) => (Array.isArray(value) ? value.join(", ") || "-" : String(value ?? "default"));
  return table([Object.keys(first), ...rows.map((row) => Object.values(row).map(cell))]);
}
