import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DescMessage, DescService } from "@bufbuild/protobuf";
import { compileProtos } from "../../compile-protos.ts";

/** The contracts that the proof runs on: two producers, a worker that answers, an auditor that reads along. */
export interface ProofContract {
  /** Keyed or not. */
  readonly step: DescMessage;
  /** Keyed, with a business operation. */
  readonly deposit: DescMessage;
  /** Committed with the worker's effects. */
  readonly answer: DescMessage;
  readonly worker: DescService;
  readonly auditor: DescService;
}

const files = ["alpha", "beta", "worker"];

/** Compiles the contracts, which belong to no package and so have no generated code. */
export function loadContract(): ProofContract {
  const texts = files.map((name) => [
    `proof/${name}/v1/${name}.proto`,
    readFileSync(join(import.meta.dirname, `${name}.proto`), "utf8"),
  ]);
  const registry = compileProtos(Object.fromEntries(texts));
  return {
    step: registry.getMessage("proof.alpha.v1.Step")!,
    deposit: registry.getMessage("proof.beta.v1.Deposit")!,
    answer: registry.getMessage("proof.worker.v1.Answer")!,
    worker: registry.getService("proof.worker.v1.Worker")!,
    auditor: registry.getService("proof.worker.v1.Auditor")!,
  };
}
