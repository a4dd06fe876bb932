/** Thrown inside a query, whose `Select` has no other way to refuse; queries turn it into a failure. */
export class SelectRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
