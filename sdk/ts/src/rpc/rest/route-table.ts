import type { DescService } from "@bufbuild/protobuf";
import { ConcordError } from "../../core/error.ts";
import { type RestBinding, restBindings } from "./bindings.ts";

/** A binding that a path fits, with the values of its variables. */
export interface RestMatch {
  readonly binding: RestBinding;
  readonly variables: readonly string[];
}

/** Finds REST bindings by verb and path. */
export interface RouteTable {
  readonly bindings: readonly RestBinding[];
  /** @throws {ConcordError} `invalid_argument` for a path that is not escaped properly. */
  find(verb: string, path: string): RestMatch | undefined;
  /** The verbs that a path is answered by, none when it is unknown. */
  verbsOf(path: string): readonly string[];
}

/**
 * Puts the REST bindings of services into one table. Of two that fit a path, the one that says more of it counts.
 * @throws {ConcordError} `invalid_contract` when two methods want the same verb and path.
 */
export function createRouteTable(services: readonly DescService[]): RouteTable {
  const bindings = services.flatMap(restBindings).toSorted((a, b) => b.template.weight - a.template.weight);
  refuseTwins(bindings);
  const byVerb = Map.groupBy(bindings, ({ verb }) => verb);
  return {
    bindings,
    find(verb, path) {
      for (const binding of byVerb.get(verb) ?? []) {
        const variables = binding.template.match(path);
        if (variables) return { binding, variables };
      }
      return undefined;
    },
    verbsOf: (path) =>
      [...byVerb.keys()].filter((verb) => byVerb.get(verb)?.some(({ template }) => fits(template, path))),
  };
}

function fits(template: RestBinding["template"], path: string): boolean {
  try {
    return template.match(path) !== undefined;
  } catch {
    return false;
  }
}

function refuseTwins(bindings: readonly RestBinding[]): void {
  const seen = new Map<string, string>();
  for (const { verb, template, method } of bindings) {
    // Variables are alike whatever they are called.
    const shape = `${verb} ${template.text.replaceAll(/\{[^}=]+\}/g, "{}").replaceAll(/\{[^}=]+=/g, "{")}`;
    const other = seen.get(shape);
    if (other !== undefined) {
      const message = `${other} and ${method.parent.typeName}/${method.name} both want ${verb} ${template.text}; change one`;
      throw new ConcordError("invalid_contract", message);
    }
    seen.set(shape, `${method.parent.typeName}/${method.name}`);
  }
}
