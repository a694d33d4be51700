// Reads `go test -json` on standard input, keeps it in the file named, and
// prints it as a person wants it: a line a package, and the whole output of
// what failed. Exits as the tests went.
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const file = process.argv[2];
mkdirSync(dirname(file), { recursive: true });
const kept = createWriteStream(file);
const output = new Map(); // package + test -> lines so far
let failed = false;

for await (const line of createInterface({ input: process.stdin })) {
  kept.write(line + '\n');
  let event;
  try {
    event = JSON.parse(line);
  } catch {
    console.log(line);
    continue;
  }
  const key = `${event.Package ?? event.ImportPath} ${event.Test ?? ''}`;
  if (event.Output) output.set(key, (output.get(key) ?? '') + event.Output);
  if (event.Action === 'build-fail' || event.Action === 'fail') {
    failed = true;
    process.stdout.write(output.get(key) ?? '');
  }
  const verdict = { pass: 'ok', fail: 'FAIL', skip: '--' }[event.Action];
  if (verdict && !event.Test) {
    console.log(`${verdict.padEnd(5)} ${event.Package} ${(event.Elapsed ?? 0).toFixed(1)} s`);
  }
  if (verdict) output.delete(key);
}
process.exitCode = failed ? 1 : 0;
