import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { importedPackage, isTest, root, type SourceFile } from "./source-tree.ts";

/** Names each import of a package that the nearest package.json does not declare, so that it works only by luck. */
export function undeclaredPackages(sources: readonly SourceFile[]): string[] {
  return sources
    .filter((source) => !isTest(source) && !isSuite(source))
    .flatMap((source) => {
      const manifest = nearestManifest(dirname(source.path));
      const declared = declaredIn(manifest);
      const names = new Set(source.imports.map(importedPackage));
      return [...names]
        .filter((name) => name !== undefined && !name.startsWith("node:") && !declared.has(name))
        .map((name) => `${source.path} imports "${name}", which ${manifest} lacks`);
    });
}

/** The suites that judge adapters run inside tests and are not part of the package. */
function isSuite({ path }: SourceFile): boolean {
  return path.includes("/testing/compliance/");
}

function nearestManifest(folder: string): string {
  const manifest = join(folder, "package.json");
  return folder === "." || existsSync(join(root, manifest)) ? manifest : nearestManifest(dirname(folder));
}

function declaredIn(manifest: string): Set<string> {
  const { name, workspaces, ...rest } = JSON.parse(readFileSync(join(root, manifest), "utf8"));
  return new Set([...dependenciesOf(rest), ...(workspaces ? ["@concord/sdk", "@concord/gen"] : [name])]);
}

type Manifest = Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;

function dependenciesOf({ dependencies, devDependencies, optionalDependencies, peerDependencies }: Manifest): string[] {
  return [dependencies, devDependencies, optionalDependencies, peerDependencies].flatMap((each) =>
    Object.keys(each ?? {}),
  );
}

/** Names each dependency of any package that the decision record gives no reason for. */
export function unexplainedPackages(manifests: readonly string[], record: string): string[] {
  const names = manifests.flatMap((manifest) => dependenciesOf(JSON.parse(readFileSync(join(root, manifest), "utf8"))));
  return [...new Set(names)].filter((name) => !name.startsWith("@concord/") && !record.includes(`\`${name}\``));
}
