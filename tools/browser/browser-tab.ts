import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { Chromium } from "../servers/chromium-binary.ts";
import { createGuardedFolder } from "../servers/guarded-folder.ts";

/** What a page is shown on. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly colours: "light" | "dark";
}

/** One tab of a browser without a screen. */
export interface BrowserTab extends AsyncDisposable {
  /** Errors and warnings that pages wrote to the console, or threw, so far. */
  readonly complaints: readonly string[];
  /** URLs that were asked for so far. */
  readonly requests: readonly string[];
  /** Opens a page and resolves when all of it is loaded. */
  open(url: string, screen: Screen): Promise<void>;
  /** Evaluates an expression in the page. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** A picture of what the screen shows, as PNG. */
  picture(): Promise<Buffer>;
}

type Params = Readonly<Record<string, unknown>>;

/** Starts a browser that has no network, and opens a tab. @see https://chromedevtools.github.io/devtools-protocol/ */
export async function openBrowserTab({ path, env }: Chromium): Promise<BrowserTab> {
  const folder = await createGuardedFolder("concord-tab-");
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"];
  const args = [...flags, "--remote-debugging-pipe", `--user-data-dir=${join(folder.path, "profile")}`];
  const browser = spawn(path, args, { env, stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  folder.guard(browser.pid);
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  const devtools = speak(browser);
  const { targetId } = await devtools.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await devtools.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method: string, params?: Params) => devtools.send(method, params, String(sessionId));
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  const offline = { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  await send("Network.emulateNetworkConditions", offline);
  return {
    complaints: devtools.complaints,
    requests: devtools.requests,
    async open(url, { width, height, colours }) {
      await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
      const features = [{ name: "prefers-color-scheme", value: colours }];
      await send("Emulation.setEmulatedMedia", { features });
      const loaded = devtools.next("Page.loadEventFired");
      await send("Page.navigate", { url });
      await loaded;
    },
    async evaluate<Value>(expression: string) {
      const answer = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
      return (answer.result as { value: Value }).value;
    },
    async picture() {
      const { data } = await send("Page.captureScreenshot");
      return Buffer.from(String(data), "base64");
    },
    async [Symbol.asyncDispose]() {
      browser.kill("SIGKILL");
      await ended;
      folder.guard(undefined);
      await folder.remove();
    },
  };
}

interface DevtoolsMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

/** Speaks the protocol of developer tools over the browser's third and fourth file, a NUL behind each message. */
function speak({ stdio }: ChildProcess) {
  const waiting = new Map<number, PromiseWithResolvers<Params>>();
  const events = new Map<string, PromiseWithResolvers<Params>>();
  const complaints: string[] = [];
  const requests: string[] = [];
  let lastId = 0;
  let rest = "";
  const read = ({ id, method = "", params = {}, result = {}, error }: DevtoolsMessage) => {
    if (id !== undefined) {
      const call = waiting.get(id);
      waiting.delete(id);
      return error ? call?.reject(new Error(error.message)) : call?.resolve(result);
    }
    if (isComplaint(method, params)) complaints.push(JSON.stringify(params));
    if (method === "Network.requestWillBeSent") requests.push((params.request as { url: string }).url);
    events.get(method)?.resolve(params);
    events.delete(method);
  };
  (stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
    const messages = (rest + chunk).split("\0");
    rest = messages.pop() ?? "";
    for (const message of messages) read(JSON.parse(message));
  });
  return {
    complaints,
    requests,
    send(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
      const id = ++lastId;
      const call = Promise.withResolvers<Params>();
      waiting.set(id, call);
      (stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      return call.promise;
    },
    next(method: string): Promise<Params> {
      const event = Promise.withResolvers<Params>();
      events.set(method, event);
      return event.promise;
    },
  };
}

function isComplaint(method: string, params: Params): boolean {
  if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") return true;
  return method === "Runtime.consoleAPICalled" && ["error", "warning", "assert"].includes(String(params.type));
}
