import type { Op } from "./op.ts";

/** Forgets everything and works with other settings. */
export const configure: Op<"configure"> = async (settings, testee) => ({
  warnings: [...(await testee.configure(settings))],
});
