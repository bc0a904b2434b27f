// Stops `npm start` and `npm test` with one clear line on a Node older than the app needs (npm itself only warns).
const needed = 24;
const found = Number(process.versions.node.split('.')[0]);
if (found < needed) {
  console.error(
    `This app needs Node ${needed} or later, and npm runs it on ${process.version}. ` +
      'Run "npm ci": it brings its own Node 24, which npm scripts then use.',
  );
  process.exit(1);
}
