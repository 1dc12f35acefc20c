import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compileLab } from "../../../../tools/rpc-lab.ts";
import { createRpcClient } from "./client.ts";
import { rpcRoute } from "./router.ts";
import { createRpcServer } from "./server.ts";

const lab = compileLab();

/** A certificate for this machine that signs itself; undefined where there is no openssl. */
function createCertificate(): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), "concord-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  try {
    execFileSync("openssl", [...kind, "-keyout", key, "-out", cert, ...name], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tls = createCertificate();

it.skipIf(!tls)("serves TLS: every protocol over either version of HTTP, and drains", async () => {
  const server = await createRpcServer({
    name: "lab",
    tls,
    routes: [rpcRoute(lab.service, { say: () => ({ text: "hi" }) })],
  });
  expect(server.url).toMatch(/^https:/);
  for (const way of [
    { httpVersion: "1.1" },
    { httpVersion: "2" },
    { protocol: "grpc" },
    { protocol: "grpc-web" },
  ] as const) {
    const client = createRpcClient(lab.service, { url: server.url, tls: { ca: tls!.cert }, ...way });
    expect(await client.say({})).toMatchObject({ text: "hi" });
  }
  const untrusting = createRpcClient(lab.service, { url: server.url, httpVersion: "2" });
  await expect(untrusting.say({})).rejects.toThrow();
  const started = performance.now();
  await server.close(10_000);
  expect(performance.now() - started).toBeLessThan(5_000);
});
