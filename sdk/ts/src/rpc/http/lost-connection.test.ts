import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { it } from "vitest";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { rpcRoute } from "../router.ts";
import { createRpcServer } from "../server.ts";

const lab = compileLab();

/** A server whose call hangs, and what its handler's signal says. */
async function serveHanging() {
  const entered = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const route = rpcRoute(lab.service, {
    say: (_, { signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      entered.resolve();
      return aborted.promise.then(() => ({}));
    },
  });
  return {
    server: await createRpcServer({ name: "lab", routes: [route] }),
    entered: entered.promise,
    aborted: aborted.promise,
  };
}

it("aborts a call by HTTP/2 whose connection ends, though nobody resets its stream", async () => {
  const { server, entered, aborted } = await serveHanging();
  const session = connectHttp2(server.url);
  session.on("error", () => {});
  const head = { ":method": "POST", ":path": "/lab.v1.LabService/Say", "content-type": "application/json" };
  session
    .request(head)
    .on("error", () => {})
    .end("{}");
  await entered;
  session.destroy();
  await aborted;
  await server.close(0);
});

it("aborts a call by HTTP/1.1 whose connection ends", async () => {
  const { server, entered, aborted } = await serveHanging();
  const socket = connect(server.port, "127.0.0.1");
  socket.write(
    "POST /lab.v1.LabService/Say HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
  );
  await entered;
  socket.destroy();
  await aborted;
  await server.close(0);
});
