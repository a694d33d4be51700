// Prints what failed in the results named, for a second run of just that: of
// `go test -json` a line a package, "PACKAGE PATTERN"; of vitest the files.
// Exits with 1 where there is nothing to run again, or so much that it is no chance.
import { readFileSync } from 'node:fs';

const few = 3;
const text = readFileSync(process.argv[2], 'utf8');
const failed = text.startsWith('{"numTotalTestSuites"') ? files(JSON.parse(text)) : packages(text);
if (failed.length === 0 || failed.length > few) process.exit(1);
console.log(failed.join('\n'));

function files({ testResults }) {
  return testResults.filter((file) => file.status === 'failed').map((file) => file.name);
}

/** A package that failed without a test of its own that did (it did not build) is not among them. */
function packages(lines) {
  const tests = new Map();
  for (const line of lines.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { Action, Package, Test } = JSON.parse(line);
    if (Action !== 'fail') continue;
    if (!tests.has(Package)) tests.set(Package, new Set());
    if (Test) tests.get(Package).add(Test.split('/')[0]);
  }
  if ([...tests.values()].some((names) => names.size === 0 || names.size > few)) return [];
  return [...tests].map(([name, names]) => `${name} ^(${[...names].join('|')})$`);
}
