// Azurite as a process of its own that ends with the one that started it, however that one ends: the pipe to its standard input
// closes then, and Azurite saves what it holds. The command line is Azurite's.
import { createRequire } from 'node:module';

process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
process.stdin.unref();
createRequire(import.meta.url)('azurite/dist/src/azurite.js');
