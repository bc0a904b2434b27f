import { runProcess } from '../wire/run-process.ts';
import { createDropboxEmulator } from './dropbox-emulator.ts';

await runProcess(createDropboxEmulator);
