import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "@concord/gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "@concord/gen/grpc/reflection/v1alpha/reflection_pb.js";
import { Code } from "@connectrpc/connect";
import { type RpcRoute, rpcRoute } from "../router.ts";
import { createSymbolIndex, type SymbolIndex } from "./symbol-index.ts";

/**
 * Answers server reflection, v1 and v1alpha, so that grpcurl and the like can list and call the services without their
 * contracts (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md).
 */
export function createReflectionRoutes(services: readonly DescService[]): readonly RpcRoute[] {
  const all = [...services, ServerReflection, ServerReflectionAlpha];
  const names = all.map(({ typeName }) => ({ name: typeName }));
  const index = createSymbolIndex(all.map(({ file }) => file));
  // Both versions have the same messages, but for their package.
  async function* serverReflectionInfo(requests: AsyncIterable<Asked>): AsyncIterable<Told> {
    const sent = new Set<string>();
    for await (const request of requests)
      yield { ...answer(request, { index, names, sent }), originalRequest: request };
  }
  return [
    rpcRoute(ServerReflection, { serverReflectionInfo: serverReflectionInfo as never }),
    rpcRoute(ServerReflectionAlpha, { serverReflectionInfo: serverReflectionInfo as never }),
  ];
}

type Asked = Pick<ServerReflectionRequest, "host" | "messageRequest">;
type Told = Pick<ServerReflectionResponse, "validHost" | "messageResponse"> | { originalRequest: Asked };

interface Known {
  readonly index: SymbolIndex;
  readonly names: readonly { readonly name: string }[];
  /** Files that this stream has sent already. */
  readonly sent: Set<string>;
}

function answer({ host, messageRequest: asked }: Asked, known: Known) {
  return { validHost: host, messageResponse: answerTo(asked, known) };
}

function answerTo(asked: Asked["messageRequest"], { index, names, sent }: Known) {
  switch (asked.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: names } };
    case "fileByFilename":
      return fileAnswer(index.fileByName(asked.value), sent, `file ${asked.value}`);
    case "fileContainingSymbol":
      return fileAnswer(index.fileOfSymbol(asked.value), sent, `symbol ${asked.value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const file = index.extensionsOf(containingType).find(({ number }) => number === extensionNumber)?.file;
      return fileAnswer(file, sent, `extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType": {
      if (!index.fileOfSymbol(asked.value)) return refusal(Code.NotFound, `there is no type ${asked.value} here`);
      const extensionNumber = index.extensionsOf(asked.value).map(({ number }) => number);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: asked.value, extensionNumber } };
    }
    default:
      return refusal(Code.InvalidArgument, "the request asks for nothing");
  }
}

/** A file comes with all that it imports and that the stream has not sent yet, so that one answer is enough to build it. */
function fileAnswer(file: DescFile | undefined, sent: Set<string>, asked: string) {
  if (!file) return refusal(Code.NotFound, `there is no ${asked} here`);
  const fresh: DescFile[] = [];
  const visit = (each: DescFile) => {
    if (sent.has(each.proto.name)) return;
    sent.add(each.proto.name);
    fresh.push(each);
    for (const dependency of each.dependencies) visit(dependency);
  };
  // The file that was asked for is sent always.
  sent.delete(file.proto.name);
  visit(file);
  const fileDescriptorProto = fresh.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function refusal(errorCode: Code, errorMessage: string) {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
