import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ownFiles } from "../architecture/source-tree.ts";

const root = join(import.meta.dirname, "..", "..");

const registryHost = /https?:\/\/[a-z.-]*(?:npm|gems|pypi|debian|golang|goproxy|maven)[a-z]*\.[a-z]+/;
const machinePath = /(?:^|[\s"'`(=])\/(?:home|Users|root|work|farm)\/[\w.-]+/;

/** Names each line that holds a package registry's address or a path of one machine: neither is true elsewhere. */
export async function checkPlaces(): Promise<string[]> {
  return ownFiles().flatMap((path) => placesIn(path, readFileSync(join(root, path), "utf8")));
}

/** The same for one file's text. */
export function placesIn(path: string, text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const found = registryHost.exec(line) ?? machinePath.exec(line);
    return found ? [`${path}:${index + 1} names ${found[0].trim()}`] : [];
  });
}
