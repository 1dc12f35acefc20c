import type { DescService } from "@bufbuild/protobuf";
import type { Clock } from "../../../sdk/ts/src/core/clock.ts";
import type { Sql } from "../../../sdk/ts/src/core/database.ts";
import type { Publish } from "../../../sdk/ts/src/core/handler.ts";
import { createService, type Service } from "../../../sdk/ts/src/service/index.ts";
import type { ProofContract } from "../contract/contract.ts";
import { doJob, type Job } from "../job.ts";
import { answering, witness } from "../witness.ts";
import type { ServiceName } from "./scene.ts";

/** What the services of one process share. */
export interface ServicesOptions {
  readonly contract: ProofContract;
  readonly clock: Clock;
  /** The time that is written down, the same for all processes. */
  readonly now: () => number;
  readonly calls: { get(name: string): number | undefined; set(name: string, count: number): unknown };
}

/** Makes the services of a run as a user would: two producers, a worker that answers, an auditor that reads along. */
export function createServices(options: ServicesOptions): Record<ServiceName, Service> {
  const { contract, now } = options;
  const nothing = async () => {};
  const answer = answering(contract.answer, { consumer: "worker", source: "/proof/worker", now });
  return {
    alpha: producer("alpha", contract.alpha, options),
    beta: producer("beta", contract.beta, options),
    worker: consumer("worker", contract.worker, options).on(contract.step, answer).on(contract.deposit, answer),
    auditor: consumer("auditor", contract.auditor, options).on(contract.answer, nothing).on(contract.step, nothing),
  };
}

function producer(name: "alpha" | "beta", service: DescService, { contract, now }: ServicesOptions): Service {
  interface Transacting {
    transaction(run: (scope: { readonly tx: Sql; readonly publish: Publish }) => Promise<void>): Promise<void>;
  }
  const produce = async ({ job }: { readonly job: string }, { transaction }: Transacting) => {
    await transaction(({ tx, publish }) => doJob(JSON.parse(job) as Job, { contract, tx, publish, now }));
    return {};
  };
  return createService({ name }).rpc(service, { produce } as never);
}

function consumer(name: "worker" | "auditor", contract: DescService, { clock, now, calls }: ServicesOptions): Service {
  const middlewares = [witness({ consumer: name, clock, now, calls, die })];
  return createService({ name, contract, middlewares });
}

async function die(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
}
