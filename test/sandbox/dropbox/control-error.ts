/** Thrown where a control request asks for something that cannot be; the message names the field. */
export class ControlError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ControlError';
  }
}
