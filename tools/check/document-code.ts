import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownFiles } from "../architecture/source-tree.ts";

const root = join(import.meta.dirname, "..", "..");

/**
 * Holds the code in documents to the programs that tests run. A comment above a block says where its code is from:
 * `<!-- from services/inventory/service.ts -->`, or `<!-- from FILE#NAME -->` for what stands there between the lines
 * `// #region NAME` and `// #endregion NAME`. In the README every block of TypeScript has one. With `fix`, blocks are
 * rewritten from their files.
 */
export async function checkDocumentCode(fix: boolean): Promise<string[]> {
  const documents = ownFiles().filter((path) => path.endsWith(".md"));
  return documents.flatMap((document) => {
    const text = readFileSync(join(root, document), "utf8");
    const { faults, fixed } = compareCode(document, text, readSource);
    if (!fix || fixed === text) return faults;
    writeFileSync(join(root, document), fixed);
    return compareCode(document, fixed, readSource).faults;
  });
}

function readSource(path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}

const block =
  /^(?<head>(?:<!-- from (?<path>[^\s#]+)(?:#(?<region>[\w-]+))? -->\n+)?```(?<language>\w*)\n)(?<code>[\s\S]*?)^```$/gm;

/** Compares each marked block of a document with its source. `fixed` is the document with every such block made equal. */
export function compareCode(
  document: string,
  text: string,
  read: (path: string) => string | undefined,
): { readonly faults: readonly string[]; readonly fixed: string } {
  const faults: string[] = [];
  const fixed = text.replace(block, (whole: string, ...rest: unknown[]) => {
    const { head, path, region, language, code } = rest.at(-1) as Record<string, string | undefined>;
    const at = `${document}:${text.slice(0, rest.at(-3) as number).split("\n").length}`;
    if (path === undefined) {
      if (document === "README.md" && language === "ts")
        faults.push(`${at} has code that comes from no tested program`);
      return whole;
    }
    const source = read(path);
    const expected = source === undefined ? undefined : region === undefined ? source : regionOf(source, region);
    if (expected === undefined) {
      faults.push(`${at} is from ${path}${region ? `#${region}` : ""}, which does not exist`);
      return whole;
    }
    if (expected === code) return whole;
    faults.push(`${at} differs from ${path}; run "npm run check -- --fix"`);
    return `${head}${expected}\`\`\``;
  });
  return { faults, fixed };
}

function regionOf(source: string, name: string): string | undefined {
  const found = new RegExp(`^( *)// #region ${name}\\n([\\s\\S]*?)^ *// #endregion ${name}$`, "m").exec(source);
  if (!found) return undefined;
  const [, indent, code] = found as unknown as [string, string, string];
  return code.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}
