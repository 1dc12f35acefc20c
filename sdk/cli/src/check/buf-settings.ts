import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { CommandError, exitCodes } from "../command-error.ts";
import type { Verdict } from "../rules/judge.ts";
import type { Rule } from "../rules/rule.ts";

/** What a `buf.yaml` leaves out of its findings. */
export interface BufSettings {
  /**
   * Tells whether a finding is left out, as buf itself would.
   * @param path of its file, from the folder of the `buf.yaml`
   */
  leavesOut(verdict: Verdict, path: string): boolean;
}

/** The part of `buf.yaml` about one kind of rules. @see https://buf.build/docs/configuration/v2/buf-yaml/ */
interface RuleSettings {
  readonly except?: readonly string[];
  readonly ignore?: readonly string[];
  readonly ignore_only?: Readonly<Record<string, readonly string[]>>;
  readonly disallow_comment_ignores?: boolean;
}

interface BufYaml {
  readonly lint?: RuleSettings;
  readonly breaking?: RuleSettings;
  readonly modules?: readonly {
    readonly path?: string;
    readonly lint?: RuleSettings;
    readonly breaking?: RuleSettings;
  }[];
}

/**
 * Reads which findings the `buf.yaml` of a folder leaves out by `except`, `ignore`, `ignore_only` and comments. `use` is not
 * read: it may be without our rules where buf runs without our plugin.
 * @throws {CommandError} when the file is no YAML.
 */
export async function readBufSettings(folder: string, type: Rule["type"]): Promise<BufSettings> {
  const config = await readYaml(folder);
  return {
    leavesOut(verdict, path) {
      const settings = settingsFor(config, type, path);
      const names = [verdict.rule, verdict.severity === "error" ? "CONCORD" : "CONCORD_WARNINGS"];
      const only = names.flatMap((name) => settings.ignore_only?.[name] ?? []);
      return (
        names.some((name) => settings.except?.includes(name)) ||
        [...(settings.ignore ?? []), ...only].some((folder) => isWithin(path, folder)) ||
        (type === "lint" && !settings.disallow_comment_ignores && hasIgnoreComment(verdict))
      );
    },
  };
}

async function readYaml(folder: string): Promise<BufYaml> {
  const text = await readFile(join(folder, "buf.yaml"), "utf8").catch(() => "");
  try {
    return parse(text) ?? {};
  } catch (error) {
    const place = error instanceof YAMLParseError ? error.message.split("\n", 1)[0] : String(error);
    throw new CommandError(exitCodes.wrongUse, `buf.yaml does not read: ${place}`);
  }
}

/** The settings of a module replace those of the workspace as a whole. */
function settingsFor(config: BufYaml, type: Rule["type"], path: string): RuleSettings {
  const home = (config.modules ?? [])
    .filter((module) => isWithin(path, module.path ?? "."))
    .sort((left, right) => (right.path ?? ".").length - (left.path ?? ".").length)[0];
  return home?.[type] ?? config[type] ?? {};
}

function isWithin(path: string, folder: string): boolean {
  return folder === "." || path === folder || path.startsWith(`${folder.replace(/\/$/, "")}/`);
}

/** `// buf:lint:ignore ID` above what the finding is about, or above what that stands in. */
function hasIgnoreComment({ rule, at }: Verdict): boolean {
  if (!at) return false;
  const wanted = new RegExp(`^\\s*buf:lint:ignore\\s+${rule}\\b`, "m");
  return (at.file.proto.sourceCodeInfo?.location ?? []).some(
    ({ path, leadingComments }) =>
      path.length > 0 && path.every((part, index) => part === at.path[index]) && wanted.test(leadingComments),
  );
}
