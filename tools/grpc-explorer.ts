import { join } from "node:path";
import {
  type ClientDuplexStream,
  type ClientOptions,
  credentials,
  makeClientConstructor,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer, loadSync, type Options, type PackageDefinition } from "@grpc/proto-loader";

/** A client of grpc-js: a function for each method. */
export type GrpcClient = InstanceType<ServiceClientConstructor>;

/** What asks a gRPC server for its contracts and calls it by them, as grpcurl does: nothing in it is ours. */
export interface GrpcExplorer extends Disposable {
  /** Full names of the services that the server lists. */
  services(): Promise<readonly string[]>;
  /** A client of a service, made of what the server says of it; fields keep their proto names. */
  client(service: string, channel?: ClientOptions): Promise<GrpcClient>;
}

const reflection = "grpc.reflection.v1.ServerReflection";
const reflectionProto = join(import.meta.dirname, "..", "third_party", "grpc", "reflection", "v1", "reflection.proto");
const options: Options = { keepCase: true, longs: String, enums: String };

/** Opens the way to a server in cleartext, such as `http://localhost:8080`. */
export function exploreGrpc(url: string): GrpcExplorer {
  const address = new URL(url).host;
  const clients: GrpcClient[] = [];
  const open = (definitions: PackageDefinition, service: string, channel: ClientOptions = {}) => {
    const Client = toConstructor(definitions, service);
    const client = new Client(address, credentials.createInsecure(), channel);
    clients.push(client);
    return client;
  };
  const mirror = open(loadSync(reflectionProto, options), reflection);
  return {
    async services() {
      const { list_services_response: listed } = await ask(mirror, { list_services: "" });
      return listed!.service.map(({ name }) => name);
    },
    async client(service, channel) {
      const { file_descriptor_response: found } = await ask(mirror, { file_containing_symbol: service });
      const files = toDescriptorSet(found!.file_descriptor_proto);
      return open(loadFileDescriptorSetFromBuffer(files, options), service, channel);
    },
    [Symbol.dispose]: () => {
      for (const client of clients) client.close();
    },
  };
}

function toConstructor(definitions: PackageDefinition, service: string): ServiceClientConstructor {
  return makeClientConstructor(definitions[service] as Parameters<typeof makeClientConstructor>[0], service);
}

interface Answer {
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] };
  readonly error_response?: { readonly error_message: string };
}

function ask(mirror: GrpcClient, question: object): Promise<Answer> {
  const stream = mirror.ServerReflectionInfo!() as ClientDuplexStream<object, Answer>;
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("data", (answer: Answer) => {
      if (answer.error_response) reject(new Error(answer.error_response.error_message));
      else resolve(answer);
    });
    stream.end(question);
  });
}

/** `FileDescriptorSet` on the wire: each file as field 1, with its length in front. */
function toDescriptorSet(files: readonly Uint8Array[]): Buffer {
  return Buffer.concat(files.flatMap((file) => [Buffer.from([0x0a, ...varint(file.length)]), file]));
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
