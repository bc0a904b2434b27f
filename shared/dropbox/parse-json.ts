/** The value of a JSON text, or undefined where it is none (HTML from a gateway, an empty body). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
