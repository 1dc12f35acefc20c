import { ConcordError } from "./error.ts";
import { noKeyToken } from "./key-token.ts";

/** Longest subject, in bytes. Longer ones make older servers close the connection. */
export const maxSubjectBytes = 1024;

const namespacePattern = /^[a-z][a-z0-9]{0,31}$/;
/** What stream and service names look like (conformance F2). */
export const namePattern: RegExp = /^[a-z][a-z0-9-]{0,31}$/;

/** The trees of subjects: events, commands, dead letters, redrives. */
export type SubjectTree = "evt" | "cmd" | "dlq" | "rdr";

const trees: ReadonlySet<string> = new Set<SubjectTree>(["evt", "cmd", "dlq", "rdr"]);

/** One expression and no splitting: every message that is read passes here. */
const subjectPattern =
  /^(?:(?!(?:evt|cmd|dlq|rdr)\.)([^.]+)\.)?(?:(?:dlq|rdr)\.[^.]+\.)?(evt|cmd)\.([^.]+)\.(0|[1-9][0-9]{0,2})\.([^.]+)\.(.+)$/;

/** What a subject is made of. */
export interface SubjectParts {
  /** Prefix that keeps systems on one broker apart. Default none. */
  readonly namespace?: string | undefined;
  /** `evt` for events, `cmd` for commands. */
  readonly tree: "evt" | "cmd";
  /** The stream's name for events, the owning service's for commands. */
  readonly stream: string;
  readonly partition: number;
  /** Escaped key; unset for none. */
  readonly keyToken?: string | undefined;
  /** Full type name, or its override in the contract. */
  readonly type: string;
}

/**
 * Writes `[ns.]evt.<stream>.<partition>.<key>.<type>`.
 * @throws {ConcordError} `config` for an illegal namespace or stream, `invalid_key` above 1,024 bytes.
 */
export function formatSubject(parts: SubjectParts): string {
  const { namespace, tree, stream, partition, keyToken = noKeyToken, type } = parts;
  checkName("stream", stream);
  const subject = `${namespacePrefix(namespace)}${tree}.${stream}.${partition}.${keyToken}.${type}`;
  if (subject.length <= maxSubjectBytes) return subject;
  throw new ConcordError(
    "invalid_key",
    `a subject of ${subject.length} bytes is too long; shorten the key or the type`,
    {
      details: { field: "key", bytes: subject.length, limitBytes: maxSubjectBytes },
    },
  );
}

/**
 * Reads a subject written by {@link formatSubject}, also behind a `dlq.<service>` or `rdr.<service>` prefix.
 * @returns undefined when it is none.
 */
export function parseSubject(subject: string): SubjectParts | undefined {
  const [, namespace, tree, stream, partition, keyToken, type] = subjectPattern.exec(subject) ?? [];
  if (tree === undefined || stream === undefined || keyToken === undefined || type === undefined) return undefined;
  return {
    namespace,
    tree: tree as SubjectParts["tree"],
    stream,
    partition: Number(partition),
    keyToken: keyToken === noKeyToken ? undefined : keyToken,
    type,
  };
}

/** Puts a message's subject under a service's dead letters or redrives: `[ns.]dlq.<service>.<subject without ns>`. */
export function serviceSubject(
  tree: "dlq" | "rdr",
  service: string,
  namespace: string | undefined,
  subject: string,
): string {
  const prefix = namespacePrefix(namespace);
  const rest = subject.startsWith(prefix) ? subject.slice(prefix.length) : subject;
  return `${prefix}${tree}.${checkName("service", service)}.${rest}`;
}

/** The filter of one partition, `evt.orders.3.>`, or of one type in it, `evt.orders.3.*.<type>`. */
export function partitionFilter(
  { namespace, tree, stream }: { namespace?: string | undefined; tree: SubjectTree; stream: string },
  partition: number,
  type?: string,
): string {
  const inner = tree === "rdr" ? "*.*." : "";
  return `${namespacePrefix(namespace)}${tree}.${checkName("stream", stream)}.${inner}${partition}.${type ? `*.${type}` : ">"}`;
}

/** The subjects of a whole stream: `[ns.]evt.<stream>.>`. */
export function streamSubjects(tree: SubjectTree, name: string, namespace?: string): string {
  return `${namespacePrefix(namespace)}${tree}.${checkName("stream", name)}.>`;
}

/** The broker's name of a stream: `[ns-]evt-<stream>`, `cmd-<service>`, `dlq-<service>`, `rdr-<service>` (conformance F4). */
export function streamName(tree: SubjectTree, name: string, namespace?: string): string {
  return `${namespace ? `${checkNamespace(namespace)}-` : ""}${tree}-${checkName("stream", name)}`;
}

/** The durable name of a service without a database: `<service>-<stream>-<partition>`. */
export function durableName(service: string, stream: string, partition: number): string {
  return `${checkName("service", service)}-${checkName("stream", stream)}-${partition}`;
}

/**
 * Checks a stream's or service's name and gives it back.
 * @throws {ConcordError} `config`
 */
export function checkName(what: "stream" | "service", name: string): string {
  if (namePattern.test(name)) return name;
  throw new ConcordError(
    "config",
    `"${name}" is no ${what} name: use a-z, 0-9 and -, start with a letter, at most 32`,
    {
      details: { field: what },
    },
  );
}

/**
 * Checks a namespace and gives it back.
 * @throws {ConcordError} `config`
 */
export function checkNamespace(namespace: string): string {
  if (namespacePattern.test(namespace) && !trees.has(namespace)) return namespace;
  throw new ConcordError(
    "config",
    `"${namespace}" is no namespace: use a-z and 0-9, start with a letter, at most 32, none of evt, cmd, dlq, rdr`,
    { details: { field: "namespace" } },
  );
}

function namespacePrefix(namespace: string | undefined): string {
  return namespace ? `${checkNamespace(namespace)}.` : "";
}
