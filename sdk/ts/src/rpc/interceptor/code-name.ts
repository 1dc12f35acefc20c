import { Code } from "@connectrpc/connect";

/** A code as Connect writes it: `not_found` (https://connectrpc.com/docs/protocol#error-codes). */
export function codeName(code: Code): string {
  return (Code[code] ?? "Unknown").replace(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase();
}
