/** How a testee broke the protocol, apart from what it answered. */
export type TesteeFaultKind = "timeout" | "crashed" | "stray_output" | "bad_reply";

/** A testee that did not keep to the protocol; its process is ended. */
export class TesteeFault extends Error {
  override readonly name: string = "TesteeFault";
  readonly kind: TesteeFaultKind;

  constructor(kind: TesteeFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** An answer with an error, as a testee gives it. */
export class OpError extends Error {
  override readonly name: string = "OpError";
  readonly code: string;

  constructor(op: string, code: string, message: string) {
    super(`${op} failed with ${code}${message ? ` (${message})` : ""}`);
    this.code = code;
  }
}
