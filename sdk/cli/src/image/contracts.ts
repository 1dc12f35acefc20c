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
  const [registry, paths] = await Promise.all([build(".", options), readPaths(options)]);
  return { registry, paths };
}

/**
 * Compiles the contracts of the same workspace as git has them.
 * @param ref what `git` knows as a commit
 * @throws {CommandError} with the compiler's words when one does not compile.
 */
export function readContractsAt(
  ref: string,
  subfolder: string,
  gitFolder: string,
  options: ToolOptions,
): Promise<FileRegistry> {
  const subdir = subfolder === "" ? "" : `,subdir=${subfolder}`;
  return build(`${gitFolder}#format=git,ref=${ref}${subdir}`, options);
}

async function build(input: string, options: ToolOptions): Promise<FileRegistry> {
  const { code, stdout, stderr } = await runTool(
    "buf",
    ["build", input, "--as-file-descriptor-set", "-o", "-"],
    options,
  );
  if (code === 0) return linkFiles(fromBinary(FileDescriptorSetSchema, stdout).file);
  const reason = code === undefined ? "buf could not be started; install @bufbuild/buf" : stdout.toString() + stderr;
  throw new CommandError(exitCodes.wrongUse, `the contracts of ${input} do not compile:\n${reason.trim()}`);
}

async function readPaths(options: ToolOptions): Promise<ReadonlyMap<string, string>> {
  const { code, stdout } = await runTool("buf", ["ls-files", "--format=json"], options);
  const lines = code === 0 ? stdout.toString().split("\n").filter(Boolean) : [];
  return new Map(lines.map((line) => JSON.parse(line)).map(({ path, import_path }) => [import_path, path]));
}
