import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Makes a reader of how many bytes this process's heap holds once everything that nobody needs is gone. */
export function createHeapReader(): () => number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  return () => {
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
}
