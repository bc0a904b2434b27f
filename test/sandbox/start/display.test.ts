import { expect, test } from 'vitest';
import { createDisplay, drawBar } from './display.ts';

function record(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  return { written, isTTY, columns, write: (text: string) => written.push(text) };
}

test('a bar fills from left to right and stays within its bounds', () => {
  expect(drawBar(0)).toBe(`${'░'.repeat(24)}   0 %`);
  expect(drawBar(0.5)).toBe(`${'█'.repeat(12)}${'░'.repeat(12)}  50 %`);
  expect(drawBar(2)).toBe(`${'█'.repeat(24)} 100 %`);
});

test('a terminal shows one line that is redrawn, cut to its width, and cleared before others', () => {
  const output = record(true, 40);
  const display = createDisplay(output, () => 0);
  display.progress('people 1/2', 0.5);
  display.progress('people 2/2 and a long rest of the line', 1);
  display.say('done');
  expect(output.written).toEqual([
    `${drawBar(0.5)} people 1/`.slice(0, 39),
    '\r\u001b[K',
    `${drawBar(1)} people 2/2`.slice(0, 39),
    '\r\u001b[K',
    'done\n',
  ]);
});

test('elsewhere a line is written for each tenth, and one now and then', () => {
  const output = record(false);
  let now = 0;
  const display = createDisplay(output, () => now);
  display.progress('a', 0);
  display.progress('b', 0.05);
  display.progress('c', 0.1);
  now = 20_000;
  display.progress('d', 0.11);
  display.progress('e', 0.12);
  expect(output.written).toEqual(['  0 %  a\n', ' 10 %  c\n', ' 11 %  d\n']);
});
