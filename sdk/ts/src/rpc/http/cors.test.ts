import { expect, it } from "vitest";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { rpcRoute } from "../router.ts";
import { createRpcServer, type RpcServerOptions } from "../server.ts";

const lab = compileLab();

async function call(cors: RpcServerOptions["cors"], verb: string, headers: Record<string, string>) {
  await using server = await createRpcServer({
    name: "lab",
    routes: [rpcRoute(lab.service, { say: () => ({ text: "hi" }) })],
    ...(cors ? { cors } : {}),
  });
  const sent = verb === "POST" ? { body: "{}" } : {};
  return await fetch(`${server.url}/lab.v1.LabService/Say`, { method: verb, headers, ...sent });
}

const origin = "https://shop.example";
const asking = { origin, "access-control-request-method": "POST", "access-control-request-headers": "x-grpc-web" };
const calling = { origin, "content-type": "application/json" };

it("lets pages of the origins named call and read what the protocols need", async () => {
  const cors = { origins: [origin] };
  const asked = await call(cors, "OPTIONS", asking);
  expect(asked.status).toBe(204);
  expect(Object.fromEntries(asked.headers)).toMatchObject({
    "access-control-allow-origin": origin,
    "access-control-allow-methods": expect.stringContaining("POST"),
    "access-control-allow-headers": expect.stringMatching(/X-Grpc-Web.*Idempotency-Key/),
    "access-control-max-age": "7200",
    vary: "origin",
  });
  const called = await call(cors, "POST", calling);
  expect(await called.json()).toEqual({ text: "hi" });
  expect(called.headers.get("access-control-allow-origin")).toBe(origin);
  expect(called.headers.get("access-control-expose-headers")).toMatch(/Grpc-Status/);
});

it("gives pages of other origins no permission, and nobody without being told to", async () => {
  for (const cors of [{ origins: ["https://other.example"] }, undefined]) {
    const asked = await call(cors, "OPTIONS", asking);
    expect(asked.headers.get("access-control-allow-origin")).toBeNull();
    expect((await call(cors, "POST", calling)).headers.get("access-control-allow-origin")).toBeNull();
  }
});

it("lets every page call where the star is given", async () => {
  expect((await call({ origins: ["*"] }, "POST", calling)).headers.get("access-control-allow-origin")).toBe("*");
});
