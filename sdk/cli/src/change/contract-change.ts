import type { DescFile, DescMessage } from "@bufbuild/protobuf";
import { type ContractSet, createContractSet, type DeclaredEvent } from "@concord/sdk/contract";

/** The contracts of a system before and after a change. */
export interface ContractChange {
  readonly before: ContractSet;
  readonly after: ContractSet;
}

/** An event or command that is there before and after. */
export interface EventPair {
  readonly name: string;
  readonly before: DeclaredEvent;
  readonly after: DeclaredEvent;
}

/** Reads two states of all contracts of a system. */
export function createContractChange(before: Iterable<DescFile>, after: Iterable<DescFile>): ContractChange {
  return { before: createContractSet(before, { complete: true }), after: createContractSet(after, { complete: true }) };
}

/** Lists what is an event or command on both sides, by its full name. */
export function eventPairs({ before, after }: ContractChange): EventPair[] {
  return [...before.events].flatMap(([name, old]) => {
    const now = after.events.get(name);
    return now === undefined ? [] : [{ name, before: old, after: now }];
  });
}

/** Finds where to tell of a message that is gone: its file, or where that is gone too, another one of its package. */
export function fileAfter({ after }: ContractChange, { file }: DescMessage): DescFile | undefined {
  const sameFile = after.files.find(({ proto }) => proto.name === file.proto.name);
  return sameFile ?? after.files.find(({ proto }) => proto.package === file.proto.package);
}
