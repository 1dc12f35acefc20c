import { ServerResponse } from "node:http";
import type { HttpResponse } from "./answer.ts";

/** What is told to peers that speak HTTP/1.1: no further request on this connection. */
export interface Farewell {
  watch(response: HttpResponse): void;
  /** From now on every answer says it, those under way too. */
  begin(): void;
}

/** Makes the farewell of one port. */
export function createFarewell(): Farewell {
  const open = new Set<ServerResponse>();
  let begun = false;
  const say = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader("connection", "close");
  };
  return {
    watch(response) {
      if (!(response instanceof ServerResponse)) return;
      if (begun) return say(response);
      open.add(response);
      response.once("close", () => open.delete(response));
    },
    begin() {
      begun = true;
      for (const response of open) say(response);
    },
  };
}
