import { features } from "../features.ts";
import type { Op } from "./op.ts";

/** Says who this is and what it can do. */
export const hello: Op<"hello"> = () => ({
  name: "concord-ts",
  language: "ts",
  version: "0.1.0",
  features: [...features],
});
