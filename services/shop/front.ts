import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { isConcordError } from "@concord/sdk";
import { type Authenticate, createRpcClient, createRpcServer, type RpcRoute } from "@concord/sdk/rpc";
import { UsageError } from "./options.ts";
import { readReference } from "./reference.ts";

/** A service behind the front. */
export interface Backend {
  /** Its name, as in `/<name>/health`. */
  readonly name: string;
  readonly service: DescService;
  /** Where it answers. */
  readonly url: string;
}

/** The one address of the whole shop. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** What the front knows about the services behind it. */
export interface FrontOptions {
  readonly backends: readonly Backend[];
  /** 0 for any free one. */
  readonly port: number;
  /** Tells who calls; contracts then say who may. Default: services ask for themselves. */
  readonly authenticate?: Authenticate | undefined;
}

/** Pages of one service that the front shows under the service's name. */
const ownPages = ["/health", "/health/ready", "/info", "/metrics"];

/** Deadline of a call whose caller names none, in milliseconds: the longest that a service takes. */
const longestCallMs = 300_000;

/** What callers say beside their request and services need to know; trace and deadline go along by themselves. */
const passedOn = ["authorization", "idempotency-key"];

/**
 * Serves all services of the shop on one port, in every protocol that they speak and by their REST paths, also those of a
 * service that has no REST itself. `/docs` describes all of them, `/health` asks them all, `/<service>/health` asks one.
 * @throws {UsageError} when the port is taken.
 */
export async function startFront({ backends, port, authenticate }: FrontOptions): Promise<Front> {
  const pages = {
    "/health": () => askAll(backends, "/health"),
    "/health/ready": () => askAll(backends, "/health/ready"),
    ...Object.fromEntries(backends.flatMap(pagesOf)),
  };
  try {
    const openApi = await readReference(backends.map(({ service }) => service));
    const routes = backends.map(toRoute);
    const server = await createRpcServer({ name: "shop", routes, port, pages, openApi, authenticate });
    const url = `http://localhost:${server.port}`;
    return { port: server.port, url, [Symbol.asyncDispose]: () => server.close(1_000) };
  } catch (error) {
    if (!isConcordError(error, "config")) throw error;
    throw new UsageError(`${error.message}, by --port`);
  }
}

/** Answers a service's methods by calling it. It is called once: whoever calls the front knows best what to repeat. */
function toRoute({ service, url }: Backend): RpcRoute {
  const client = createRpcClient(service, { url, timeoutMs: longestCallMs, retry: false });
  const methods = service.methods.map((method) => [method.localName, forward(client, method)] as const);
  return { service, implementation: Object.fromEntries(methods) as unknown as RpcRoute["implementation"] };
}

type Call = (request: unknown, options: object) => Promise<unknown>;

interface Received {
  readonly signal: AbortSignal;
  readonly requestHeader: Headers;
  readonly responseHeader: Headers;
}

function forward(client: object, { localName }: DescMethod) {
  const call = (client as Record<string, Call>)[localName] as Call;
  return (request: unknown, { signal, requestHeader, responseHeader }: Received) => {
    const headers = new Headers([...requestHeader].filter(([name]) => passedOn.includes(name)));
    const onHeader = (answered: Headers) => copyHeader("idempotency-replayed", answered, responseHeader);
    return call(request, { signal, headers, onHeader });
  };
}

function copyHeader(name: string, from: Headers, to: Headers): void {
  const value = from.get(name);
  if (value !== null) to.set(name, value);
}

function pagesOf({ name, url }: Backend): (readonly [path: string, respond: () => Promise<Response>])[] {
  return ownPages.map((page) => [`/${name}${page}`, () => ask(`${url}${page}`)]);
}

/** The worst of all answers, and each under its service's name. */
async function askAll(backends: readonly Backend[], page: string): Promise<Response> {
  const answers = await Promise.all(
    backends.map(async ({ name, url }) => ({ name, response: await ask(`${url}${page}`) })),
  );
  const healthy = answers.every(({ response }) => response.ok);
  const reports = await Promise.all(answers.map(async ({ name, response }) => [name, await response.json()]));
  return answer(healthy ? 200 : 503, { status: healthy ? "ok" : "unhealthy", services: Object.fromEntries(reports) });
}

async function ask(url: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(2_000) });
  } catch {
    return answer(503, { status: "unreachable" });
  }
}

/** With a line end for terminals. */
function answer(status: number, body: object): Response {
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { "content-type": "application/json" } });
}
