import type { HttpRequest } from "./answer.ts";
import { bodySource } from "./read-call.ts";

/**
 * Ends a request whose body stops coming for so long: a peer that sends a byte now and then would keep a handler's memory
 * for ever (slow loris). Streams that a client keeps open on purpose are not watched.
 */
export function watchBody(request: HttpRequest, stallMs: number): void {
  if (request.complete) return;
  const source = bodySource(request);
  const timer = setTimeout(() => source.destroy(), stallMs);
  const stop = () => clearTimeout(timer);
  source.once("end", stop).once("close", stop);
}
