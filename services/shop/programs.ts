import { fileURLToPath } from "node:url";
import type { Ruby } from "../../tools/ruby/find-ruby.ts";

/** What is started as a process of the shop. It ends itself when the shop's own process is gone. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables that it needs whatever it is told. */
  readonly environment: NodeJS.ProcessEnv;
}

/** A TypeScript file, run from source. */
export function nodeProgram(file: URL): Program {
  const follow = new URL("./follow-parent.ts", import.meta.url).href;
  const args = ["--conditions=@concord/source", `--import=${follow}`, fileURLToPath(file)];
  return { command: process.execPath, args, environment: process.env };
}

/** A Ruby file, run with the Ruby SDK. It is one process, without `bundle exec` around it: SIGKILL hits the service. */
export function rubyProgram(file: URL, ruby: Ruby): Program {
  const follow = fileURLToPath(new URL("./follow_parent.rb", import.meta.url));
  return { command: "ruby", args: ["-rbundler/setup", `-r${follow}`, fileURLToPath(file)], environment: ruby.env };
}
