import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@concord/gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "@concord/gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "@concord/gen/grpc/reflection/v1alpha/reflection_pb.js";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, it } from "vitest";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { rpcRoute } from "../router.ts";
import { createRpcServer, type RpcServerOptions } from "../server.ts";

const lab = compileLab();

function serve(options: Partial<RpcServerOptions> = {}) {
  return createRpcServer({ name: "lab", routes: [rpcRoute(lab.service, { say: () => ({}) })], ...options });
}

describe("grpc.health.v1", () => {
  it("tells how the server and each service are, and that it knows no other", async () => {
    let ready = true;
    await using server = await serve({ health: async () => ({ ready, checks: {} }) });
    const health = createClient(Health, createGrpcTransport({ baseUrl: server.url }));
    for (const service of ["", "lab.v1.LabService"]) {
      expect(await health.check({ service })).toMatchObject({ status: Status.SERVING });
    }
    ready = false;
    expect(await health.check({})).toMatchObject({ status: Status.NOT_SERVING });
    expect(Object.keys((await health.list({})).statuses)).toEqual(["", "lab.v1.LabService"]);
    await expect(health.check({ service: "nobody" })).rejects.toThrow(/not_found/);
  });

  it("counts a health check that fails as not serving", async () => {
    await using server = await serve({ health: () => Promise.reject(new Error("boom")) });
    const health = createClient(Health, createGrpcTransport({ baseUrl: server.url }));
    expect(await health.check({})).toMatchObject({ status: Status.NOT_SERVING });
  });

  it("tells a watch at once that the server drains, and ends it", async () => {
    const server = await serve();
    const health = createClient(Health, createGrpcTransport({ baseUrl: server.url }));
    const seen: Status[] = [];
    let closed: Promise<void> | undefined;
    const started = performance.now();
    for await (const { status } of health.watch({ service: "lab.v1.LabService" })) {
      seen.push(status);
      closed ??= server.close();
    }
    await closed;
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("tells a watch of a service that it does not know", async () => {
    await using server = await serve();
    const health = createClient(Health, createGrpcTransport({ baseUrl: server.url }));
    const watch = health.watch({ service: "nobody" }, { timeoutMs: 200 })[Symbol.asyncIterator]();
    expect(await watch.next()).toMatchObject({ value: { status: Status.SERVICE_UNKNOWN } });
  });
});

async function* asking<Asked>(...asked: Asked[]) {
  yield* asked;
}

describe.each([
  ["v1", ServerReflection],
  ["v1alpha", ServerReflectionAlpha as unknown as typeof ServerReflection],
] as const)("server reflection %s", (_, service) => {
  const ask = async (toTransport: (baseUrl: string) => Transport, ...requests: unknown[]) => {
    await using server = await serve();
    const client = createClient(service, toTransport(server.url));
    const answers = [];
    const questions = asking(...requests.map((messageRequest) => ({ host: "", messageRequest })));
    for await (const { messageResponse } of client.serverReflectionInfo(questions as never))
      answers.push(messageResponse);
    return answers;
  };
  const grpc = (baseUrl: string) => createGrpcTransport({ baseUrl });

  it("lists the services, over gRPC and Connect", async () => {
    for (const transport of [
      grpc,
      (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "2" as const }),
    ]) {
      const [listed] = await ask(transport, { case: "listServices", value: "" });
      expect(listed?.value).toMatchObject({
        service: [
          { name: "lab.v1.LabService" },
          { name: "grpc.health.v1.Health" },
          { name: "grpc.reflection.v1.ServerReflection" },
          { name: "grpc.reflection.v1alpha.ServerReflection" },
        ],
      });
    }
  });

  it("gives the contract of a service, of a method and of a message, with all that it imports", async () => {
    for (const value of ["lab.v1.LabService", "lab.v1.LabService.Say", "lab.v1.Line"]) {
      const [found] = await ask(grpc, { case: "fileContainingSymbol", value });
      const { fileDescriptorProto } = found!.value as { fileDescriptorProto: Uint8Array[] };
      const files = fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
      const registry = createFileRegistry(files[0]!, (path) => files.find(({ name }) => name === path));
      expect(registry.getService("lab.v1.LabService")?.methods).toHaveLength(9);
    }
  });

  it("sends a file that was sent before only when it is asked for by name", async () => {
    const answers = await ask(
      grpc,
      { case: "fileByFilename", value: "lab/v1/lab.proto" },
      { case: "fileByFilename", value: "lab/v1/lab.proto" },
    );
    const counts = answers.map(({ value }) => (value as { fileDescriptorProto: unknown[] }).fileDescriptorProto.length);
    expect(counts[0]).toBeGreaterThan(3);
    expect(counts[1]).toBe(1);
  });

  it("finds extensions", async () => {
    const containingType = "google.protobuf.MethodOptions";
    const [numbers, file] = await ask(
      grpc,
      { case: "allExtensionNumbersOfType", value: containingType },
      { case: "fileContainingExtension", value: { containingType, extensionNumber: 50_901 } },
    );
    expect(numbers?.value).toMatchObject({ extensionNumber: expect.arrayContaining([50_901]) });
    expect(file?.case).toBe("fileDescriptorResponse");
  });

  it("says what it does not find, and goes on", async () => {
    const answers = await ask(
      grpc,
      { case: "fileByFilename", value: "../../etc/passwd" },
      { case: "fileContainingSymbol", value: "nobody.v1.Nothing" },
      { case: undefined },
    );
    expect(answers.map(({ value }) => (value as { errorCode: number }).errorCode)).toEqual([5, 5, 3]);
  });
});
