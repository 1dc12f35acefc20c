/** A value that the rules refuse, with the code that a testee must answer. */
export class CodeError extends Error {
  override readonly name: string = "CodeError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
