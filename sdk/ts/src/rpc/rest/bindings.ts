import { type DescMethod, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { method as methodOption } from "@concord/gen/concord/rpc/v1/options_pb.js";
import { http } from "@concord/gen/google/api/annotations_pb.js";
import type { HttpRule } from "@concord/gen/google/api/http_pb.js";
import { ConcordError } from "../../core/error.ts";
import { findField } from "./field-path.ts";
import { type PathTemplate, parsePathTemplate } from "./path-template.ts";

/** One HTTP method and path that a unary RPC method answers. */
export interface RestBinding {
  readonly method: DescMethod;
  /** `GET`, `POST`, … */
  readonly verb: string;
  readonly template: PathTemplate;
  /** Field that the body is; `*`: the whole request; empty: there is no body. */
  readonly body: string;
  /** Field of the answer that the response's body is; empty: the whole answer. */
  readonly responseBody: string;
  /** Status of a successful answer. */
  readonly status: number;
}

const verbs = ["get", "put", "post", "delete", "patch"] as const;

/**
 * Reads the REST paths of a service from its `google.api.http` options, additional bindings included. Streams have none.
 * @throws {ConcordError} `invalid_contract` for a path that does not read or names a field that is not there.
 */
export function restBindings(service: DescService): readonly RestBinding[] {
  return service.methods
    .filter((method) => method.methodKind === "unary" && hasOption(method, http))
    .flatMap((method) => {
      const rule = getOption(method, http);
      return [rule, ...rule.additionalBindings].map((each) => toBinding(method, each));
    });
}

function toBinding(method: DescMethod, { pattern, body, responseBody }: HttpRule): RestBinding {
  const [verb, path] = patternOf(pattern);
  const template = parsePathTemplate(path);
  const name = `${method.parent.typeName}/${method.name}`;
  const missing = [...template.variables, ...(body === "*" || body === "" ? [] : [body])].find(
    (field) => findField(method.input, field) === undefined,
  );
  if (missing !== undefined || verb === "") {
    const fault = verb === "" ? "names no HTTP method" : `names ${missing}, which ${method.input.typeName} lacks`;
    throw new ConcordError("invalid_contract", `the HTTP path ${path} of ${name} ${fault}`);
  }
  return { method, verb, template, body, responseBody, status: successStatus(method) };
}

function patternOf(pattern: HttpRule["pattern"]): readonly [verb: string, path: string] {
  if (pattern.case === "custom") return [pattern.value.kind.toUpperCase(), pattern.value.path];
  const known = verbs.find((verb) => verb === pattern.case);
  return known && pattern.value !== undefined ? [known.toUpperCase(), String(pattern.value)] : ["", ""];
}

function successStatus(method: DescMethod): number {
  return getOption(method, methodOption).successStatus ?? (method.name.startsWith("Create") ? 201 : 200);
}
