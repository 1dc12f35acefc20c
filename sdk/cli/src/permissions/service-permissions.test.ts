import { describe, expect, it } from "vitest";
import { compileProtos } from "../../../../tools/compile-protos.ts";
import { toSystem } from "../system/system-contracts.ts";
import { servicePermissions } from "./service-permissions.ts";

const registry = compileProtos({
  "lab/v1/lab.proto": `syntax = "proto3";
    package lab.v1;
    import "concord/event/v1/options.proto";
    message Empty {}
    service PlainService {
      option (concord.event.v1.service) = {name: "plain"};
      rpc Ask(Empty) returns (Empty);
    }
    service StreamService {
      option (concord.event.v1.service) = {name: "streamer"};
      rpc Watch(Empty) returns (stream Empty);
    }
    service CallerService {
      option (concord.event.v1.service) = {name: "caller" calls: ["lab.v1.PlainService", "lab.v1.StreamService"]};
    }`,
});
const system = toSystem(registry);
const publishedBy = (name: string, namespace?: string) =>
  servicePermissions(system, system.service(name), namespace).publish.allow;

describe("calls over NATS", () => {
  it("may go to the services that the contract names, and to no other", () => {
    expect(publishedBy("caller")).toEqual(expect.arrayContaining(["rpc.lab.v1.PlainService.*"]));
    expect(publishedBy("plain").filter((subject) => subject.startsWith("rpc."))).toEqual([]);
  });

  it("may tell how much of a stream was read, where the service called has streams", () => {
    const inboxes = publishedBy("caller").filter((subject) => subject.startsWith("_INBOX."));
    expect(inboxes).toEqual(["_INBOX.streamer.*"]);
  });

  it("stay in their namespace", () => {
    expect(publishedBy("caller", "live")).toEqual(expect.arrayContaining(["live.rpc.lab.v1.StreamService.*"]));
  });

  it("may be answered by the service that has the methods alone", () => {
    const heardBy = (name: string) => servicePermissions(system, system.service(name)).subscribe.allow;
    expect(heardBy("plain")).toContain("rpc.lab.v1.PlainService.*");
    expect(heardBy("caller").filter((subject) => subject.startsWith("rpc."))).toEqual([]);
  });
});
