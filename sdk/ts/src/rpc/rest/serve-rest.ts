import { type DescMessage, type JsonObject, type Message, toJson } from "@bufbuild/protobuf";
import { ConcordError, isConcordError } from "../../core/error.ts";
import { fromConnectError, toConnectError, violationsOf } from "../error-code.ts";
import { answer, type HttpRequest, type HttpResponse } from "../http/answer.ts";
import { codeName } from "../interceptor/code-name.ts";
import type { EnumNames } from "../json-enums.ts";
import { requireUtf8 } from "../require-utf8.ts";
import type { RpcRouter } from "../router.ts";
import type { RestBinding } from "./bindings.ts";
import { buildRequest } from "./build-request.ts";
import { findField } from "./field-path.ts";
import { httpStatus } from "./http-status.ts";
import { readJsonBody } from "./read-body.ts";
import { createRouteTable, type RestMatch } from "./route-table.ts";
import { lengthenEnums, shortenEnums } from "./short-enums.ts";

/** Answers REST calls. */
export interface RestServer {
  readonly bindings: readonly RestBinding[];
  /** Begins to answer when a binding has the path; tells whether one has. */
  serve(request: HttpRequest, response: HttpResponse): Promise<void> | undefined;
}

/** What a server reads and writes at most. */
export interface RestOptions {
  readonly maxMessageBytes: number;
}

const jsonType = "application/json";

/**
 * Answers the paths of `google.api.http` by the methods of a router: the same handlers with the same interceptors. JSON has
 * proto field names and short enum values; a refusal has its code, a message, and each field at fault.
 * @throws {ConcordError} `invalid_contract` for paths that do not read or that two methods want.
 */
export function createRestServer(router: RpcRouter, options: RestOptions): RestServer {
  const table = createRouteTable(router.services);
  const names = new Map(table.bindings.map((binding) => [binding, enumNames(binding)]));
  return {
    bindings: table.bindings,
    serve(request, response) {
      const verb = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
      const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
      const refuse = (error: unknown) => answerRefusal(response, error);
      try {
        const match = table.find(verb, path);
        if (match)
          return answerCall({ request, response, query, match, names: names.get(match.binding)! }).catch(refuse);
      } catch (error) {
        return Promise.resolve(refuse(error));
      }
      const verbs = table.verbsOf(path);
      return verbs.length === 0 ? undefined : Promise.resolve(answerWrongVerb(response, request.method ?? "", verbs));
    },
  };

  async function answerCall({ request, response, query, match, names }: RestCall): Promise<void> {
    const { binding, variables } = match;
    requireUtf8(query);
    const body = await readJsonBody(request, options.maxMessageBytes);
    const message = buildRequest(binding, { variables, query: new URLSearchParams(query), body }, names.lengthen);
    const left = new AbortController();
    response.once("close", () => left.abort());
    const heads = { header: new Headers(), trailer: new Headers() };
    const output = await router.invoke(binding.method, message, {
      protocol: "rest",
      header: toHeaders(request),
      url: request.url ?? "/",
      verb: request.method ?? "GET",
      signal: left.signal,
      timeoutMs: readTimeout(request),
      heads,
    });
    answer(response, binding.status, { body: write(binding, output, names.shorten), type: jsonType }, [
      ...heads.header,
    ]);
  }
}

interface RestCall {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly query: string;
  readonly match: RestMatch;
  readonly names: { readonly lengthen: EnumNames; readonly shorten: EnumNames };
}

function enumNames({ method }: RestBinding) {
  return { lengthen: lengthenEnums(method.input), shorten: shortenEnums(method.output) };
}

function write({ method, responseBody }: RestBinding, message: Message, shorten: EnumNames): string {
  const json = shorten(toJson(method.output as DescMessage, message, { useProtoFieldName: true }));
  const field = responseBody === "" ? undefined : findField(method.output, responseBody);
  return `${JSON.stringify(field ? ((json as JsonObject)[field.name] ?? null) : json)}\n`;
}

/**
 * As in the Connect protocol, so that callers by REST can state a deadline too.
 * @throws {ConcordError} `invalid_argument` for a deadline that does not read.
 */
function readTimeout({ headers }: HttpRequest): number | undefined {
  const stated = headers["connect-timeout-ms"];
  if (stated === undefined) return undefined;
  if (typeof stated === "string" && /^\d{1,10}$/.test(stated)) return Number(stated);
  throw new ConcordError("invalid_argument", "the header Connect-Timeout-Ms is not 1 to 10 digits");
}

function toHeaders({ headers }: HttpRequest): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) result.append(name, each);
  }
  return result;
}

function answerWrongVerb(response: HttpResponse, verb: string, verbs: readonly string[]): void {
  const body = { code: "unimplemented", message: `${verb} is not answered here, but ${verbs.join(", ")}` };
  answer(response, 405, { body: `${JSON.stringify(body)}\n`, type: jsonType }, [["allow", verbs.join(", ")]]);
}

function answerRefusal(response: HttpResponse, thrown: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const error = toConnectError(thrown);
  const violations = violationsOf(fromConnectError(error));
  const fields = violations.length > 0 ? { violations } : {};
  const body = { code: codeName(error.code), message: error.rawMessage, ...fields };
  answer(response, statusOf(thrown, error), { body: `${JSON.stringify(body)}\n`, type: jsonType }, [...error.metadata]);
}

/** Faults of HTTP itself have statuses of their own. */
function statusOf(thrown: unknown, error: ReturnType<typeof toConnectError>): number {
  if (isConcordError(thrown, "too_large")) return 413;
  return isConcordError(thrown, "unsupported_content_type") ? 415 : httpStatus(error.code);
}
