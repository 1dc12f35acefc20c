/** A case that did not hold, as the report shows it. */
export class CaseFailure extends Error {
  override readonly name: string = "CaseFailure";
  readonly expected: string;
  readonly observed: string;

  constructor(expected: string, observed: string) {
    super(`expected ${expected}, observed ${observed}`);
    this.expected = expected;
    this.observed = observed;
  }
}
