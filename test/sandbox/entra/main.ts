import { runProcess } from '../wire/run-process.ts';
import { createEntraEmulator } from './entra-emulator.ts';

await runProcess(({ clock, seed }) => createEntraEmulator({ clock, seed }));
