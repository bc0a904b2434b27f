/** Thrown where somebody else has written what only the cycle writes: this cycle was frozen, another has taken over. It stops. */
export class StaleCycleError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StaleCycleError';
  }
}
