import type { DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import { type EventContract, eventContract } from "./event-contract.ts";
import { type ServiceContract, serviceContract } from "./service-contract.ts";
import { type StreamContract, streamContract } from "./stream-contract.ts";

/** Reads contracts and remembers them by their descriptor, for paths that see the same event again and again. */
export interface ContractReader {
  /** @throws {ConcordError} `invalid_contract` */
  event<Desc extends DescMessage>(schema: Desc): EventContract<Desc>;
  /** @throws {ConcordError} `invalid_contract` */
  stream(file: DescFile): StreamContract;
  /** @throws {ConcordError} `invalid_contract` */
  service(schema: DescService): ServiceContract;
}

/** Makes a reader with a memory of its own, which lets go of descriptors that nobody else holds. */
export function createContractReader(): ContractReader {
  return {
    event: remember(eventContract) as ContractReader["event"],
    stream: remember(streamContract),
    service: remember(serviceContract),
  };
}

function remember<Desc extends object, Contract>(read: (desc: Desc) => Contract): (desc: Desc) => Contract {
  const known = new WeakMap<Desc, Contract>();
  return (desc) => {
    const hit = known.get(desc);
    if (hit !== undefined) return hit;
    const contract = read(desc);
    known.set(desc, contract);
    return contract;
  };
}
