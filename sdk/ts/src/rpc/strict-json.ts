import { TextDecoder } from "node:util";
import type { DescMessage, JsonReadOptions } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { toConnectError } from "./error-code.ts";
import { unknownEnum, walkEnums } from "./json-enums.ts";

/** How Connect reads messages as JSON: the decoder is given the bytes of every single message, decompressed. */
export interface StrictJson extends Partial<JsonReadOptions> {
  readonly textDecoder: { decode(bytes?: Uint8Array): string };
}

/**
 * Makes the JSON options that have a message refused, in whichever protocol, stream or compression it comes, when it is no
 * UTF-8 (conformance R14) or names an enum value that its contract does not have (ADR 0023). Connect's own reader would put
 * U+FFFD in the place of the one and nothing in that of the other, so that something else is handled than was sent.
 */
export function strictJson(message: DescMessage): StrictJson {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const check = walkEnums(message, ({ values }, name, path) => {
    const names = values.map((value) => value.name);
    if (names.includes(name)) return name;
    throw toConnectError(unknownEnum(path, names));
  });
  return {
    textDecoder: {
      decode(bytes) {
        const text = decode(decoder, bytes);
        // Text that is no JSON at all is for the reader to refuse.
        const json = check && parse(text);
        if (json !== undefined) check?.(json);
        return text;
      },
    },
  };
}

function decode(decoder: TextDecoder, bytes: Uint8Array | undefined): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ConnectError("the request is no UTF-8", Code.InvalidArgument);
  }
}

function parse(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
