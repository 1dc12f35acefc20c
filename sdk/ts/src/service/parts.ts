import { createRegistry } from "@bufbuild/protobuf";
import { type Clock, type Random, systemClock } from "../core/clock.ts";
import { createContractReader } from "../core/contract/contract-reader.ts";
import type { Database } from "../core/database.ts";
import { ConcordError } from "../core/error.ts";
import type { Log } from "../core/log.ts";
import { createEventPreparer, type EventPreparer } from "../core/prepare-event.ts";
import type { Probe } from "../core/probe.ts";
import { createIdGenerator } from "../core/uuid7.ts";
import type { Validate } from "../core/validate.ts";
import { createValidation } from "../validation/validation.ts";
import type { BrokerLink } from "./broker-link.ts";
import { foreignWire, type ServiceConfig, withDefaults } from "./config.ts";
import { checkedContracts, type ServiceContracts } from "./contracts.ts";
import type { ServiceDefinition, Surroundings } from "./definition.ts";
import { type ConfigFinding, lintConfig, longestHandlerMs } from "./lint-config.ts";
import { lintDatabase, readDatabaseSettings } from "./lint-database.ts";
import { createLogger } from "./logger.ts";
import { openDatabase, openStores } from "./open-database.ts";
import type { StartOptions } from "./running-service.ts";
import { createStorage, type Storage } from "./storage.ts";
import { createTraceScope, type TraceScope, traceFields } from "./trace-scope.ts";
import { createPublishingTransact, createTransact, type Transact } from "./transactor.ts";

/** What a running service is put together from. */
export interface ServiceParts {
  readonly definition: ServiceDefinition;
  readonly name: string;
  readonly config: ServiceConfig;
  readonly contracts: ServiceContracts;
  /** Undefined for a stateless service. */
  readonly storage: Storage | undefined;
  readonly preparer: EventPreparer;
  readonly transact: Transact;
  readonly validate: Validate;
  readonly trace: TraceScope;
  readonly link: BrokerLink;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly probe: Probe | undefined;
}

/** Room for an event before the broker has told its limit, in bytes (conformance F17). */
const defaultMaxPayloadBytes = 1_048_576;

/**
 * Checks the contracts, opens the database, brings its tables up to date and makes the parts that need no broker.
 * @throws {ConcordError} `invalid_contract` with all faults, `migration`, `locked`, `unavailable`
 */
export async function openParts(
  definition: ServiceDefinition,
  options: StartOptions,
  opening: AsyncDisposableStack,
): Promise<ServiceParts> {
  const { name } = definition.options;
  const { clock = systemClock, random = Math.random, probe } = options;
  const config = withDefaults(name, options.config ?? {});
  const reader = createContractReader();
  const contracts = checkedContracts(definition, reader);
  const trace = createTraceScope();
  const registry = createRegistry(...contracts.files);
  const context = () => traceFields(trace);
  const log = options.log ?? createLogger({ service: name, level: config.logLevel, registry, context });
  judge(lintConfig({ config, contracts, stateless: definition.options.stateless ?? false }), log);
  const link: BrokerLink = { transport: undefined, relay: undefined };
  const surroundings = { clock, newId: createIdGenerator({ clock, random }) };
  const validate = createValidation();
  const preparer = createEventPreparer({
    service: name,
    source: contracts.source,
    namespace: config.namespace,
    sends: contracts.service?.sends,
    contracts: reader,
    validate,
    ids: surroundings.newId,
    clock,
    maxPayloadBytes: () => link.transport?.maxPayloadBytes ?? defaultMaxPayloadBytes,
    format: config.wireFormat === foreignWire ? "envelope" : config.wireFormat,
    currentTrace: trace.current,
    probe,
  });
  const parts = { definition, name, config, contracts, preparer, validate, trace, link, surroundings };
  const common = { clock, random, log, probe };
  if (definition.options.stateless) {
    const transact = createPublishingTransact({ link, preparer, surroundings, ...common });
    return { ...parts, ...common, storage: undefined, transact };
  }
  const given = options.database as Database<unknown, unknown> | undefined;
  const database = given ?? opening.adopt(await openDatabase(definition.options, config), (opened) => opened.close());
  const { concurrency } = config;
  const settings = await readDatabaseSettings(database);
  judge(lintDatabase({ settings, concurrency, longestHandlerMs: longestHandlerMs(contracts) }), log);
  const stores = await openStores(database, { folder: definition.options.migrations, ...common });
  const storage = createStorage({ database, stores, preparer, link, config, owner: surroundings.newId(), ...common });
  return { ...parts, ...common, storage, transact: createTransact({ ...storage, surroundings, ...common }) };
}

/** @throws {ConcordError} `config` with every combination that is refused. */
function judge(findings: readonly ConfigFinding[], log: Log): void {
  const lines = findings.map(({ variable, message }) => `${variable}: ${message}`);
  const refused = lines.filter((_, index) => findings[index]?.verdict === "refuse");
  if (refused.length > 0) throw new ConcordError("config", refused.join("\n"), { details: { findings } });
  for (const line of lines) log.warn({ setting: line }, "settings that may surprise");
}
