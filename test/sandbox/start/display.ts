/** Where progress is shown: a line that is redrawn on a terminal, plain lines now and then elsewhere. */
export interface Display {
  /** A line that stays. */
  say(text: string): void;
  /** What is going on; `fraction` from 0 to 1. */
  progress(text: string, fraction: number): void;
  /** Takes the progress line away. */
  clear(): void;
}

export interface DisplayOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const barWidth = 24;
/** Elsewhere than on a terminal: a line when another tenth is done, and at least this often. */
const quietMs = 15_000;

export function createDisplay(output: DisplayOutput, now: () => number): Display {
  return output.isTTY === true ? createTerminal(output) : createLog(output, now);
}

function createTerminal(output: DisplayOutput): Display {
  let isDrawn = false;
  const clear = (): void => {
    if (isDrawn) output.write('\r\u001b[K');
    isDrawn = false;
  };
  return {
    say: (text) => {
      clear();
      output.write(`${text}\n`);
    },
    progress: (text, fraction) => {
      clear();
      output.write(`${drawBar(fraction)} ${text}`.slice(0, (output.columns ?? 120) - 1));
      isDrawn = true;
    },
    clear,
  };
}

function createLog(output: DisplayOutput, now: () => number): Display {
  let shown = { tenth: -1, text: '', at: 0 };
  return {
    say: (text) => {
      output.write(`${text}\n`);
    },
    progress: (text, fraction) => {
      const tenth = Math.floor(fraction * 10);
      const isNews = tenth !== shown.tenth || now() - shown.at >= quietMs;
      if (!isNews || text === shown.text) return;
      shown = { tenth, text, at: now() };
      output.write(`${String(Math.floor(fraction * 100)).padStart(3)} %  ${text}\n`);
    },
    clear: () => {},
  };
}

/** `████████░░░░  62 %` */
export function drawBar(fraction: number): string {
  const part = Math.min(1, Math.max(0, fraction));
  const full = Math.floor(part * barWidth);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${percent} %`;
}
