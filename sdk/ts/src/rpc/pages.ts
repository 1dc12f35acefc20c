import type { HealthReport } from "./health.ts";
import { answer, answerJson, type HttpResponse } from "./http/answer.ts";
import { docsPage } from "./openapi/docs-page.ts";

/** What a server tells about itself beside its methods. */
export interface PageOptions {
  /** The service's name. */
  readonly name: string;
  /** Asked by `/health/ready`. Default: always ready. */
  readonly health?: (() => Promise<HealthReport>) | undefined;
  /** Told by `/info` beside the name and the methods. */
  readonly info?: (() => object) | undefined;
  /** The OpenAPI document of the service's REST paths. Default: no such pages. */
  readonly openApi?: object | undefined;
  /** Written by `/metrics`, in the format of Prometheus. Default: there is no such page. */
  readonly metrics?: (() => Promise<string>) | undefined;
  /** What is answered to a GET of further paths, or instead of those above. Default: nothing. */
  readonly pages?: Readonly<Record<string, () => Promise<Response>>> | undefined;
}

/** Answers a GET by itself. */
export type Page = (response: HttpResponse) => Promise<void> | void;

/** Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

/** What a browser may do on the page of the reference: nothing beyond this server. */
const docsPolicy = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/**
 * The pages by path: `/health` (alive), `/health/ready` (able to work), `/info`, `/metrics`, and with an
 * OpenAPI document `/openapi.json` and its reader `/docs`.
 */
export function createPages({
  name,
  health,
  info,
  metrics,
  openApi,
  pages: given = {},
}: PageOptions): ReadonlyMap<string, Page> {
  const pages = new Map<string, Page>([
    ["/health", (response) => answerJson(response, 200, { status: "ok", service: name })],
    ["/health/ready", (response) => answerReady(response, name, health)],
    ["/info", (response) => answerJson(response, 200, { service: name, ...info?.() })],
  ]);
  if (metrics) {
    pages.set("/metrics", async (response) => answer(response, 200, { body: await metrics(), type: prometheusType }));
  }
  if (openApi) {
    const html = { body: docsPage, type: "text/html; charset=utf-8" };
    pages.set("/openapi.json", (response) => answerJson(response, 200, openApi));
    pages.set("/docs", (response) => answer(response, 200, html, [["content-security-policy", docsPolicy]]));
  }
  for (const [path, respond] of Object.entries(given)) pages.set(path, (response) => copy(response, respond()));
  return pages;
}

async function copy(response: HttpResponse, given: Promise<Response>): Promise<void> {
  const page = await given;
  const body = new Uint8Array(await page.arrayBuffer());
  answer(response, page.status, { body, type: page.headers.get("content-type") ?? "application/octet-stream" });
}

async function answerReady(response: HttpResponse, service: string, health: PageOptions["health"]): Promise<void> {
  const report = await (health?.() ?? Promise.resolve({ ready: true, checks: {} })).catch(() => undefined);
  const ready = report?.ready ?? false;
  const status = ready ? "ready" : "not_ready";
  answerJson(response, ready ? 200 : 503, { status, service, checks: report?.checks ?? {} });
}
