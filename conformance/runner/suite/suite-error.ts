/** A suite, vector file or profile that cannot be used as it is written; the run ends with exit code 2. */
export class SuiteError extends Error {
  override readonly name: string = "SuiteError";
}
