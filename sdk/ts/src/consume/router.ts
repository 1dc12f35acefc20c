import type { DescMessage } from "@bufbuild/protobuf";
import { type EventContract, eventContract } from "../core/contract/event-contract.ts";
import type { FindContract } from "../core/decode-message.ts";
import { ConcordError } from "../core/error.ts";
import type { Attempt, EventHandler, Handle, HandlerContext } from "../core/handler.ts";
import type { SubjectParts } from "../core/subject.ts";

/** Leads events to their handlers by type. */
export interface Router {
  /**
   * Handles an event or command.
   * @throws {ConcordError} `config` for a second handler of one type, `invalid_contract` when the message is no event.
   */
  on<Desc extends DescMessage, Db = unknown, Tx = unknown>(schema: Desc, handler: EventHandler<Desc, Db, Tx>): Router;
  /** The contracts of everything that is handled, in the order of registration. */
  readonly contracts: readonly EventContract[];
  /** Finds the contract of what a subject names; undefined for what nobody here handles, which is skipped. */
  readonly find: FindContract;
  /** Runs the handler of an attempt's event. */
  readonly handle: Handle;
}

/** Makes a router without routes. */
export function createRouter(): Router {
  const contracts: EventContract[] = [];
  const bySubject = new Map<string, EventContract>();
  const handlers = new Map<string, EventHandler>();

  const router: Router = {
    contracts,
    on(schema, handler) {
      const contract = eventContract(schema);
      if (handlers.has(contract.type)) {
        throw new ConcordError("config", `${contract.type} has a handler already; keep one`);
      }
      contracts.push(contract);
      bySubject.set(routeOf({ ...contract, type: contract.subjectType }), contract);
      handlers.set(contract.type, handler as EventHandler);
      return router;
    },
    find: (parts) => bySubject.get(routeOf(parts)),
    async handle(attempt) {
      const handler = handlers.get(attempt.event.contract.type);
      if (!handler) throw new ConcordError("config", `${attempt.event.contract.type} has no handler`);
      await handler(toContext(attempt));
    },
  };
  return router;
}

/** A type counts only in its own stream: elsewhere the same name is somebody else's. */
function routeOf({ tree, stream, type }: Pick<SubjectParts, "tree" | "stream" | "type">): string {
  return `${tree}.${stream}.${type}`;
}

function toContext({ event, scope, signal, attempt, log }: Attempt): HandlerContext {
  return {
    data: event.data,
    envelope: event.envelope,
    tx: scope.tx,
    db: scope.db,
    publish: scope.publish,
    send: scope.send,
    publishAll: scope.publishAll,
    signal,
    attempt,
    log,
  };
}
