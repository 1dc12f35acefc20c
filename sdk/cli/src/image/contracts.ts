import { type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { linkFiles } from "../change/file-registry.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { runTool, type ToolOptions } from "./run-tool.ts";

/** All contracts of a workspace at one time. */
export interface Contracts {
  readonly registry: FileRegistry;
  /** Where files stand, from the folder of the `buf.yaml`, by the names they are imported by. */
  readonly paths: ReadonlyMap<string, string>;
}

/**
 * Compiles the contracts of the workspace in a folder.
 * @throws {CommandError} with the compiler's words when one does not compile.
 */
export async function readContracts(options: ToolOptions): Promise<Contracts> {
  const [registry, paths] = await Promise.all([build(".", "in this folder", options), readPaths(options)]);
  return { registry, paths };
}

/**
 * Compiles the contracts of the same workspace as git has them.
 * @throws {CommandError} with the compiler's words when one does not compile.
 */
export async function readContractsAt(commit: string, options: ToolOptions): Promise<FileRegistry> {
  // In a subfolder git archives just that, with paths from there. buf itself would clone the repository, which takes longer.
  const archive = await runTool("git", ["archive", "--format=tar", commit], options);
  if (archive.code !== 0) {
    throw new CommandError(exitCodes.wrongUse, `git cannot read this folder as of ${commit}: ${archive.stderr}`);
  }
  return build("-#format=tar", `as of ${commit}`, { ...options, input: archive.stdout });
}

async function build(input: string, when: string, options: ToolOptions): Promise<FileRegistry> {
  const { code, stdout, stderr } = await runTool(
    "buf",
    ["build", input, "--as-file-descriptor-set", "-o", "-"],
    options,
  );
  if (code === 0) return linkFiles(fromBinary(FileDescriptorSetSchema, stdout).file);
  const reason = code === undefined ? "buf could not be started; install @bufbuild/buf" : stdout.toString() + stderr;
  throw new CommandError(exitCodes.wrongUse, `the contracts ${when} do not compile:\n${reason.trim()}`);
}

async function readPaths(options: ToolOptions): Promise<ReadonlyMap<string, string>> {
  const { code, stdout } = await runTool("buf", ["ls-files", "--format=json"], options);
  const lines = code === 0 ? stdout.toString().split("\n").filter(Boolean) : [];
  return new Map(lines.map((line) => JSON.parse(line)).map(({ path, import_path }) => [import_path, path]));
}
