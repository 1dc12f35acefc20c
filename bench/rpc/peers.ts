import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { Server, ServerCredentials, type UntypedHandleCall } from "@grpc/grpc-js";
import fastify from "fastify";

/** A server that does what ours does, made by others. */
export interface PeerServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What a method answers, whatever carries it. */
export type GetStock = (request: {
  productId: string;
}) => MessageInitShape<typeof InventoryService.method.getStock.output>;

/** grpc-js with messages of protobuf-es, checking nothing. */
export async function startGrpcJs(getStock: GetStock): Promise<PeerServer> {
  const { input, output } = InventoryService.method.getStock;
  const server = new Server();
  const answer: UntypedHandleCall = (
    call: { request: { productId: string } },
    done: (error: null, answer: unknown) => void,
  ) => done(null, getStock(call.request));
  const read = (schema: DescMessage) => (bytes: Buffer) => fromBinary(schema, bytes);
  const write = (schema: DescMessage) => (message: object) =>
    Buffer.from(toBinary(schema, create(schema, message as never)));
  const method = {
    path: `/${InventoryService.typeName}/GetStock`,
    requestStream: false,
    responseStream: false,
    requestSerialize: write(input),
    requestDeserialize: read(input),
    responseSerialize: write(output),
    responseDeserialize: read(output),
  };
  server.addService({ GetStock: method }, { GetStock: answer });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: async () => server.forceShutdown() };
}

/** Fastify over HTTP/2 with JSON, the request checked and the answer written by a schema. */
export async function startFastify(getStock: GetStock, path: string): Promise<PeerServer> {
  const app = fastify({ http2: true });
  const text = { type: "string" } as const;
  const number = { type: "integer" } as const;
  const productId = { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" } as const;
  const price = { type: "object", properties: { minorUnits: text, currency: text } } as const;
  const body = { type: "object", required: ["productId"], properties: { productId } } as const;
  const answer = { type: "object", properties: { productId: text, name: text, quantity: number, price } } as const;
  app.post(path, { schema: { body, response: { 200: answer } } }, async (request) =>
    getStock(request.body as { productId: string }),
  );
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { port: (app.server.address() as { port: number }).port, close: () => app.close() };
}
