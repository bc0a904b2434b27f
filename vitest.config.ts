import { defineConfig } from 'vitest/config';

const neverTests = ['**/node_modules/**', 'dist/**', '.package/**'];

export default defineConfig({
  test: {
    pool: 'forks',
    hookTimeout: 40_000,
    teardownTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [...neverTests, 'test/app/**'],
          globalSetup: ['test/tools/azurite-global-setup.ts'],
          maxWorkers: 2,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Each of these starts a whole sandbox of processes: one at a time, after the others.
        extends: true,
        test: {
          name: 'app',
          include: ['test/app/**/*.test.ts'],
          exclude: neverTests,
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
