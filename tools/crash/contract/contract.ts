import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { compileProtos } from "../../compile-protos.ts";

/** The contracts that the proof runs on: two producers, a worker that answers, an auditor that reads along. */
export interface ProofContract {
  /** Keyed or not. */
  readonly step: DescMessage;
  /** Keyed, with a business operation. */
  readonly deposit: DescMessage;
  /** Committed with the worker's effects. */
  readonly answer: DescMessage;
  readonly alpha: DescService;
  readonly beta: DescService;
  readonly worker: DescService;
  readonly auditor: DescService;
}

const names = ["alpha", "beta", "worker"];

/** Compiles the contracts, which belong to no package and so have no generated code. */
export function loadContract(): ProofContract {
  return fromRegistry(compileProtos(texts()));
}

/** Gives the compiled contracts as bytes, for processes that should start fast. */
export function contractImage(): Uint8Array {
  const { files } = compileProtos(texts());
  const file = Array.from(files, ({ proto }) => proto);
  return toBinary(FileDescriptorSetSchema, { $typeName: FileDescriptorSetSchema.typeName, file });
}

/** Reads what {@link contractImage} gave. */
export function readContractImage(image: Uint8Array): ProofContract {
  return fromRegistry(createFileRegistry(fromBinary(FileDescriptorSetSchema, image)));
}

function texts(): Record<string, string> {
  const entries = names.map((name) => [
    `proof/${name}/v1/${name}.proto`,
    readFileSync(join(import.meta.dirname, `${name}.proto`), "utf8"),
  ]);
  return Object.fromEntries(entries);
}

function fromRegistry(registry: FileRegistry): ProofContract {
  return {
    step: registry.getMessage("proof.alpha.v1.Step")!,
    deposit: registry.getMessage("proof.beta.v1.Deposit")!,
    answer: registry.getMessage("proof.worker.v1.Answer")!,
    alpha: registry.getService("proof.alpha.v1.Alpha")!,
    beta: registry.getService("proof.beta.v1.Beta")!,
    worker: registry.getService("proof.worker.v1.Worker")!,
    auditor: registry.getService("proof.worker.v1.Auditor")!,
  };
}
