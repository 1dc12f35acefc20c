import type { CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { commands } from "./commands.ts";

/** Prints what makes a shell complete commands, options and their choices. */
export const run: CommandRun = async ({ arguments: [shell = ""] }, context) => {
  const script = scripts[shell];
  if (!script)
    throw new CommandError(exitCodes.wrongUse, `there is no completion for "${shell}"; bash, zsh and fish have one`);
  context.write(script());
  return exitCodes.fine;
};

const scripts: Readonly<Record<string, () => string>> = {
  bash,
  zsh: () => `autoload -U bashcompinit && bashcompinit\n${bash()}`,
  fish,
};

/** A word list for each beginning of a line, looked up by the words before the one that is completed. */
function bash(): string {
  // The longest beginning first, for the shell takes the first that fits.
  const cases = [...wordLists()]
    .sort(([left], [right]) => right.length - left.length)
    .map(([before, words]) => `    "${before}"*) words="${words.join(" ")}" ;;`);
  return `# concord completion: eval "$(concord completion bash)"
_concord() {
  local words="" before="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  case "$before" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _concord concord
`;
}

function fish(): string {
  const lines = [...wordLists()].flatMap(([before, words]) => {
    const condition =
      before === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${before.split(" ").at(-1)}`;
    return `complete -c concord -f -n "${condition}" -a "${words.join(" ")}"`;
  });
  return `# concord completion: concord completion fish | source\n${lines.join("\n")}\n`;
}

function wordLists(): Map<string, string[]> {
  const lists = new Map<string, string[]>([["", []]]);
  for (const { name, options = [] } of commands) {
    const [first = "", second] = name.split(" ");
    if (!lists.get("")!.includes(first)) lists.get("")!.push(first);
    if (second !== undefined) lists.set(first, [...(lists.get(first) ?? []), second]);
    lists.set(name, [...options.map(({ flags }) => flags.split(" ", 1)[0]!), "--help"]);
  }
  lists.get("")!.push("completion");
  return lists.set("completion", ["bash", "zsh", "fish"]);
}
