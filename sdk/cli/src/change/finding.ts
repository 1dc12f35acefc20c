import type { Declaration } from "@concord/sdk/contract";
import { consumersOf, readersOfField } from "./consumers.ts";
import type { ContractChange } from "./contract-change.ts";
import type { FieldPair } from "./event-fields.ts";

/** What a change does at one place, and to whom. */
export interface ChangeFinding {
  /** The place as it is now; unset when it is gone with its file. */
  readonly at: Declaration | undefined;
  /** The place as it was; unset for what is new. */
  readonly against: Declaration | undefined;
  /** What changed, whom it breaks, and what to do instead. */
  readonly message: string;
  /** Names of the services that the change concerns, sorted. */
  readonly consumers: readonly string[];
  /** Dotted paths of the fields concerned. */
  readonly fields: readonly string[];
}

/** A field by its event and dotted path. */
export type ConcernedField = Pick<FieldPair, "event" | "path">;

/** Where a change stands, now and before. */
export interface Places {
  readonly at: Declaration | undefined;
  readonly against: Declaration | undefined;
}

/** Makes a finding about a whole event; the message gains who consumes it. */
export function aboutEvent(change: ContractChange, event: string, places: Places, message: string): ChangeFinding {
  const { services, words } = consumersOf(change, event);
  return { ...places, message: `${message} (${words})`, consumers: services, fields: [] };
}

/** Makes a finding about an event that its consumers lose; the message gains whom that breaks. */
export function breaksConsumers(change: ContractChange, event: string, places: Places, message: string): ChangeFinding {
  const { services, breakWords } = consumersOf(change, event);
  return { ...places, message: `${message} (${breakWords})`, consumers: services, fields: [] };
}

/** Makes a finding about a field of an event; the message gains who reads it. */
export function aboutField(
  change: ContractChange,
  field: ConcernedField,
  places: Places,
  message: string,
): ChangeFinding {
  const { services, words } = readersOfField(change, field.event.name, field.path);
  return { ...places, message: `${message} (${words})`, consumers: services, fields: [field.path] };
}

/** Makes a finding about a field of an event that its readers lose; the message gains whom that breaks. */
export function breaksReaders(
  change: ContractChange,
  field: ConcernedField,
  places: Places,
  message: string,
): ChangeFinding {
  const { services, breakWords } = readersOfField(change, field.event.name, field.path);
  return { ...places, message: `${message} (${breakWords})`, consumers: services, fields: [field.path] };
}
