import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findDebianMirror } from "./debian-package.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function aptFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "concord-apt-"));
  folders.push(folder);
  mkdirSync(join(folder, "sources.list.d"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe("the system's Debian mirror", () => {
  it("is read from a sources file, with its key and not that of another archive", async () => {
    const debian = [
      "Types: deb",
      "URIs: http://mirror.example/debian-security",
      "Suites: bookworm-security",
      "",
      "Types: deb",
      "# The archive.",
      "URIs: http://mirror.example/debian",
      "Suites: bookworm bookworm-updates",
      "Signed-By: /usr/share/keyrings/debian.gpg",
    ].join("\n");
    const other = "Types: deb\nURIs: https://other.example/node\nSigned-By: /usr/share/keyrings/other.gpg\n";
    const folder = aptFolder({ "sources.list.d/a.sources": other, "sources.list.d/debian.sources": debian });
    expect(await findDebianMirror(folder)).toEqual({
      available: true,
      source: "[signed-by=/usr/share/keyrings/debian.gpg] http://mirror.example/debian",
    });
  });

  it("is read from a line, with its options", async () => {
    const list =
      "# deb http://old.example/debian buster main\ndeb [arch=amd64] http://mirror.example/debian/ sid main\n";
    expect(await findDebianMirror(aptFolder({ "sources.list": list }))).toMatchObject({
      source: "[arch=amd64] http://mirror.example/debian/",
    });
  });

  it("is absent on other systems, with the reason", async () => {
    const list = "deb http://mirror.example/ubuntu noble main\n";
    expect(await findDebianMirror(aptFolder({ "sources.list": list }))).toMatchObject({ available: false });
    expect(await findDebianMirror("/no-such-folder")).toEqual({
      available: false,
      why: "no Debian mirror is named in /no-such-folder",
    });
  });
});
