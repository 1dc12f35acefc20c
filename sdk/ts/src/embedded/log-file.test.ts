import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LogFile, openLogFile } from "./log-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "concord-log-file-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const modulePath = fileURLToPath(new URL("./log-file.ts", import.meta.url));
/** A program that opens the file `argv[1]` and goes on with some code. */
const program = (code: string) => [
  "--input-type=module",
  "--eval",
  `import { openLogFile } from ${JSON.stringify(modulePath)}; const file = openLogFile(process.argv[1]); ${code}`,
];
const refusal = (path: string): unknown => {
  try {
    openLogFile(path).db.close();
  } catch (thrown) {
    return thrown;
  }
};
const synchronous = ({ db }: LogFile) => db.prepare("PRAGMA synchronous").get()!.synchronous;

describe("the log file", () => {
  it("is made with its folder", () => {
    const file = openLogFile(join(folder, "made/with/folder.db"));
    expect(file.db.prepare("SELECT count(*) AS streams FROM stream").get()).toEqual({ streams: 0 });
    file.db.close();
  });

  it("is refused to a second opener in the process, by name and with the way out", () => {
    const path = join(folder, "twice.db");
    const file = openLogFile(path);
    expect(refusal(path)).toMatchObject({
      code: "locked",
      message: expect.stringMatching(/twice\.db is open already.*choose another path/),
    });
    file.db.close();
    expect(refusal(path)).toBeUndefined();
  });

  it("is refused to another process", async () => {
    const path = join(folder, "other-process.db");
    const file = openLogFile(path);
    const other = promisify(execFile)(process.execPath, [...program(""), path]);
    await expect(other).rejects.toMatchObject({ stderr: expect.stringMatching(/locked/) });
    file.db.close();
  });

  it("is free at once when its holder was killed", async () => {
    const path = join(folder, "killed.db");
    const holder = spawn(process.execPath, [...program("console.log('open'); setInterval(() => {}, 1000);"), path]);
    await once(holder.stdout, "data");
    expect(refusal(path)).toMatchObject({ code: "locked" });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    expect(refusal(path)).toBeUndefined();
  });

  it("is not made out of a file that is no database", () => {
    const path = join(folder, "notes.txt");
    writeFileSync(path, "these are notes, and nobody wants them gone".repeat(100));
    expect(refusal(path)).toMatchObject({ code: "config", message: expect.stringContaining("notes.txt") });
  });

  it("is not made out of another program's database", () => {
    const path = join(folder, "foreign.db");
    const foreign = new DatabaseSync(path);
    foreign.exec("CREATE TABLE stream (id INTEGER)");
    foreign.close();
    expect(refusal(path)).toMatchObject({ code: "migration", message: expect.stringContaining("another program's") });
  });

  it("of a newer version is refused", () => {
    const path = join(folder, "newer.db");
    openLogFile(path).db.close();
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    expect(refusal(path)).toMatchObject({ code: "migration", message: expect.stringContaining("version 99") });
  });

  it("below something that is no folder names the path", () => {
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, "file/below/events.db");
    expect(refusal(path)).toMatchObject({ code: "config", message: expect.stringContaining("file/below") });
  });

  it("that is a folder names the path", () => {
    expect(refusal(folder)).toMatchObject({ code: "permission_denied", message: expect.stringContaining(folder) });
  });

  it("in a folder without permission to write names the path", ({ skip }) => {
    skip(process.getuid?.() === 0, "root may write everywhere");
    const closed = mkdtempSync(join(folder, "closed-"));
    chmodSync(closed, 0o500);
    for (const path of [join(closed, "events.db"), join(closed, "below/events.db")]) {
      expect(refusal(path)).toMatchObject({ code: "permission_denied", message: expect.stringContaining(path) });
    }
    chmodSync(closed, 0o700);
  });
});

describe("a transaction", () => {
  it("waits for the disk or only for the operating system, as it is asked to", () => {
    const file = openLogFile(join(folder, "durability.db"));
    const [normal, full] = [1, 2];
    expect(file.transaction("disk", () => synchronous(file))).toBe(full);
    expect(file.transaction("process", () => synchronous(file))).toBe(normal);
    expect(file.transaction("disk", () => synchronous(file))).toBe(full);
    file.db.close();
  });

  it("leaves nothing when it throws, and the next one works", () => {
    const file = openLogFile(":memory:");
    const insert = () => file.db.exec("INSERT INTO durable (stream, name, filter) VALUES (1, 'a', '>')");
    const fail = () => {
      insert();
      throw new Error("no");
    };
    expect(() => file.transaction("disk", fail)).toThrow(expect.objectContaining({ code: "internal" }));
    expect(file.fault).toMatchObject({ code: "internal" });
    file.transaction("disk", () => {});
    expect(file.fault).toBeUndefined();
    expect(file.db.prepare("SELECT count(*) AS found FROM durable").get()).toEqual({ found: 0 });
    file.db.close();
  });
});
