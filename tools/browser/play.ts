import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { build } from "rolldown";
import type { Chromium } from "../servers/chromium-binary.ts";
import { createGuardedFolder } from "../servers/guarded-folder.ts";

/** A program that waits to be opened by a browser. */
export interface BrowserPage extends AsyncDisposable {
  /** Origin of its page, which servers may permit. */
  readonly origin: string;
  /**
   * Opens the page in a browser of its own and resolves with what the program reports. The program asks `/settings` for
   * what it is given, and reports by `POST /report`.
   * @throws {Error} when the program fails or reports nothing within 60 s.
   */
  play(settings: object): Promise<unknown>;
}

const timeoutMs = 60_000;
const html = `<!doctype html><meta charset="utf-8"><script>
const fail = (error) => fetch("/report", { method: "POST", body: JSON.stringify({ failed: String(error?.stack ?? error) }) });
addEventListener("error", (event) => fail(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => fail(event.reason));
</script><script type="module" src="/program.js"></script>`;

/** Bundles a program, given as a path of TypeScript, and serves the page that runs it. */
export async function openBrowserPage(chromium: Chromium, program: string): Promise<BrowserPage> {
  const folder = await createGuardedFolder("concord-browser-");
  const script = await bundle(program, folder.path);
  let settings: object = {};
  let report = Promise.withResolvers<unknown>();
  const server = createServer((request, response) => {
    if (request.url === "/") return answer(response, "text/html", html);
    if (request.url === "/program.js") return answer(response, "text/javascript", script);
    if (request.url === "/settings") return answer(response, "application/json", JSON.stringify(settings));
    if (request.url === "/report") {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      request.on("end", () => report.resolve(JSON.parse(body)));
    }
    answer(response, "text/plain", "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    origin,
    async play(given) {
      settings = given;
      report = Promise.withResolvers();
      const browser = startBrowser(chromium, origin, folder.path);
      folder.guard(browser.pid);
      try {
        return readReport(await within(report.promise, browser.ended));
      } finally {
        browser.end();
        await browser.ended;
        folder.guard(undefined);
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await folder.remove();
    },
  };
}

function answer(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { "content-type": type }).end(body);
}

async function bundle(program: string, folder: string): Promise<string> {
  const path = join(folder, "program.js");
  await build({
    input: program,
    platform: "browser",
    resolve: { conditionNames: ["@concord/source", "browser", "module"] },
    output: { dir: folder, format: "esm", codeSplitting: false, entryFileNames: "program.js" },
    logLevel: "warn",
  });
  return readFile(path, "utf8");
}

/** Without its sandbox, which needs rights that containers lack: it opens nothing but the page given. */
function startBrowser({ path, env }: Chromium, url: string, folder: string) {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0"];
  const child = spawn(path, [...flags, `--user-data-dir=${join(folder, "profile")}`, url], { env, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  return { pid: child.pid, ended, end: () => void child.kill("SIGKILL") };
}

async function within(report: Promise<unknown>, ended: Promise<void>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the browser reported nothing within ${timeoutMs} ms`)), timeoutMs);
  });
  const gone = ended.then(() => Promise.reject(new Error("the browser ended without a report")));
  try {
    return await Promise.race([report, gone, late]);
  } finally {
    clearTimeout(timer);
    gone.catch(() => {});
  }
}

function readReport(report: unknown): unknown {
  const { failed } = report as { failed?: string };
  if (failed !== undefined) throw new Error(`the program in the browser failed: ${failed}`);
  return report;
}
