/** Thrown where what an operator asked for cannot be done: the message says why, and what to do instead. */
export class StagedProblem extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StagedProblem';
  }
}
