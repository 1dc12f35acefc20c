import { CodeError } from "./code-error.ts";
import { keyToken } from "./key-token.ts";
import { partitionOf } from "./partition.ts";

const maxSubjectBytes = 1024;
const namespace = /^(?!(?:evt|cmd|dlq|rdr)$)[a-z][a-z0-9]{0,31}$/;
const name = /^[a-z][a-z0-9-]{0,31}$/;

/** What a subject is made of. */
export interface SubjectParts {
  /** Empty for none. */
  readonly ns: string;
  readonly kind: "event" | "command";
  /** The stream of an event, the service of a command. */
  readonly owner: string;
  readonly key: string | undefined;
  readonly id: string;
  readonly type: string;
  readonly partitions: number;
}

/**
 * Writes `[ns.]evt.<stream>.<partition>.<key>.<type>` or its counterpart for commands (delivery.md section 6).
 * @throws {CodeError} `config`, `invalid_key`
 */
export function subjectOf({ ns, kind, owner, key, id, type, partitions }: SubjectParts): string {
  if (ns !== "" && !namespace.test(ns)) throw new CodeError("config", "no namespace");
  if (!name.test(owner)) throw new CodeError("config", "no stream or service");
  const token = keyToken(key);
  const partition = partitionOf(key === undefined ? id : token, partitions);
  const tree = kind === "event" ? "evt" : "cmd";
  const subject = `${ns && `${ns}.`}${tree}.${owner}.${partition}.${token}.${type}`;
  if (Buffer.byteLength(subject) > maxSubjectBytes) throw new CodeError("invalid_key", "subject above 1,024 bytes");
  return subject;
}

/** The `Nats-Msg-Id` of an event: source and id, with `/` and `%` escaped in the id (F8). */
export function messageIdOf(source: string, id: string): string {
  return `${source}/${id.replace(/[%/]/g, (char) => (char === "%" ? "%25" : "%2F"))}`;
}
