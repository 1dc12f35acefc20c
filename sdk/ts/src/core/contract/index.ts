export { checkContracts, contractChecks } from "./check-contracts.ts";
export { type ContractFault, type ContractRuleId, contractRules, type Finding } from "./contract-fault.ts";
export { type ContractSet, type ContractSetOptions, createContractSet, type DeclaredEvent } from "./contract-set.ts";
export { findFieldPath } from "./field-path.ts";
export { isSensitive } from "./sensitive-field.ts";
export type { ConsumedEvent, ServiceContract } from "./service-contract.ts";
export {
  type Declaration,
  eventDeclaration,
  fieldDeclaration,
  findPosition,
  messageDeclaration,
  serviceDeclaration,
  streamDeclaration,
} from "./source-position.ts";
export { type StreamContract, streamContract } from "./stream-contract.ts";
