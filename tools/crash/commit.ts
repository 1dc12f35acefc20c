import { execFileSync } from "node:child_process";

/** What decides about a run. */
const decisive = ["sdk/ts/src", "sdk/ts/migrations", "gen/ts", "tools", "package-lock.json"];

/** Names the commit that runs, and says when the working tree differs from it; `unknown` outside of a checkout. */
export function currentCommit(root: string): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
  try {
    const changed = git("status", "--porcelain", "--", ...decisive) !== "";
    return `${git("rev-parse", "--short=10", "HEAD")}${changed ? " with changes" : ""}`;
  } catch {
    return "unknown";
  }
}
