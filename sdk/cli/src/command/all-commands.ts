import type { CommandSpec } from "./command-spec.ts";
import { commands } from "./commands.ts";

/** Every command, in the order of the help. */
export const allCommands: readonly CommandSpec[] = [
  ...commands,
  {
    name: "completion",
    arguments: { "<shell>": "bash, zsh or fish" },
    description: "prints what makes a shell complete the command's words",
    example: "concord completion bash",
    load: () => import("./completion.ts"),
  },
];
