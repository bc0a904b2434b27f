/** Thrown where a directory or a change of it cannot be: `place` is the field that says so. */
export class DirectoryInputError extends Error {
  readonly place: string;
  constructor(place: string, problem: string) {
    super(`${place}: ${problem}`);
    this.name = 'DirectoryInputError';
    this.place = place;
  }
}
