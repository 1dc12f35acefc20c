import type { Event } from "@concord/gen/concord/conformance/v1/message_pb.js";
import {
  createContractReader,
  createEventPreparer,
  createIdGenerator,
  createValidation,
  type EventPreparer,
  type EventPreparerOptions,
} from "@concord/sdk";
import { services } from "../fixtures.ts";

/** What one publication says about itself besides its data. */
export type Explicit = Pick<Event, "id" | "source" | "tracestate"> & {
  /** Publishes within that span. */
  readonly span?: string | undefined;
};

/** Makes the preparer of one publication: ids, source and trace are the case's where it names them. */
export type PreparerOf = (explicit?: Explicit) => EventPreparer;

/** What all preparers of a session share. */
export type PreparerBase = Omit<EventPreparerOptions, "source" | "contracts" | "validate" | "ids" | "currentTrace"> & {
  readonly source: string | undefined;
  readonly random: () => number;
};

/** Makes the maker of preparers. */
export function createPreparers(base: PreparerBase): PreparerOf {
  const contracts = createContractReader();
  const validate = createValidation();
  const ids = createIdGenerator({ clock: base.clock!, random: base.random });
  const declared = services.map((schema) => contracts.service(schema)).find(({ name }) => name === base.service);
  const source = base.source ?? declared?.source ?? `/conformance/${base.service}`;
  return (explicit) =>
    createEventPreparer({
      ...base,
      source: explicit?.source ?? source,
      sends: declared?.sends,
      contracts,
      validate,
      ids: () => explicit?.id ?? ids(),
      ...(explicit?.span && {
        currentTrace: () => ({ traceparent: explicit.span!, tracestate: explicit.tracestate }),
      }),
    });
}
