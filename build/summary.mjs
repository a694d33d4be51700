// Says what build/test.sh ran, what was skipped and why, from the results in
// the folder named. The last line counts; the exit code is 1 if anything failed.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const folder = process.argv[2];
const read = (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
// A test: {suite, name, result: passed | failed | skipped, reason}.

/** The tests in what `go test -json` wrote. */
function go(text) {
  const tests = [];
  const said = new Map();
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue;
    const e = JSON.parse(line);
    const key = `${e.Package} ${e.Test}`;
    if (e.Action === 'output' && e.Test) said.set(key, (said.get(key) ?? '') + e.Output);
    const result = { pass: 'passed', fail: 'failed', skip: 'skipped' }[e.Action];
    if (!result || !e.Test) continue;
    const reason = (said.get(key) ?? '')
      .split('\n')
      .filter((l) => l.trim() && !/^\s*(===|---)| level=\w+ msg=/.test(l))
      .map((l) => l.trim().replace(/^\S+\.go:\d+: /, ''))
      .join(' ');
    tests.push({ suite: 'go', name: key.replace(/^parley\//, ''), result, reason });
  }
  return tests;
}

/** The tests in what vitest wrote as JSON. */
function vitest(suite, text) {
  const tests = [];
  for (const file of text ? JSON.parse(text).testResults : []) {
    const path = relative('frontend', file.name);
    if (file.status === 'failed' && file.assertionResults.length === 0) {
      tests.push({ suite, name: path, result: 'failed', reason: file.message });
    }
    for (const t of file.assertionResults) {
      const result = t.status === 'passed' || t.status === 'failed' ? t.status : 'skipped';
      const reason = t.meta?.note ?? short(t.failureMessages);
      tests.push({ suite, name: `${path} ${t.fullName}`, result, reason });
    }
  }
  return tests;
}

/** Why a test failed: what its programs said last as well, and none of its stack. */
function short(messages = []) {
  const lines = messages.join('\n').split('\n').filter((l) => !/^\s+at /.test(l));
  return lines.slice(0, 3).concat(lines.slice(3).slice(-12)).map((l) => l.trim().slice(0, 300)).join('\n    ');
}

const whole = (name) => read(`${name}.new`) || read(name); // .new: of a run that failed
const tests = [
  ...go(read('go.jsonl')),
  ...vitest('frontend', whole('frontend.json')),
  ...vitest('screens', whole('screens/results.json')),
  ...vitest('e2e', whole('e2e/results.json')),
];

// What failed ran again: in the second run it passed or it did not.
const again = [
  ...go(read('go.again.jsonl')),
  ...vitest('screens', read('screens/results.json.again')),
  ...vitest('e2e', read('e2e/results.json.again')),
];
const unsteady = [];
for (const t of tests.filter((t) => t.result === 'failed')) {
  const second = again.find((a) => a.suite === t.suite && a.name === t.name);
  if (second?.result === 'passed') unsteady.push(t);
  else if (second) t.reason += `\n  and again: ${second.reason}`;
}
for (const t of unsteady) t.result = 'passed';

const steps = read('steps')
  .trim()
  .split('\n')
  .map((line) => line.split('\t'));
// A step that only checks counts as one test; one that fails with no failed
// test of its own (it did not build, say) counts as failed.
for (const [name, code] of steps) {
  const suite = name.replace('test-', '');
  const own = tests.filter((t) => t.suite === suite);
  if (suite === name) tests.push({ suite: name, name, result: code === '0' ? 'passed' : 'failed' });
  else if (code !== '0' && !own.some((t) => t.result === 'failed')) {
    tests.push({ suite, name: `${name} did not run to its end`, result: 'failed' });
  } else if (own.length === 0) {
    tests.push({ suite, name: `${name} found no test`, result: 'failed' });
  }
}

const count = (list, result) => list.filter((t) => t.result === result).length;
console.log('\n== what ran');
for (const [name, code, seconds] of steps) {
  const own = tests.filter((t) => t.suite === name.replace('test-', ''));
  const counts = ['passed', 'failed', 'skipped'].map((r) => `${count(own, r)} ${r}`).join(', ');
  const kept = Number(seconds) < 10 && ['test-screens', 'test-e2e', 'release-quick'].includes(name) ? ' (earlier: nothing changed since)' : '';
  console.log(`${name.padEnd(14)} ${code === '0' ? 'ok    ' : 'FAILED'} ${seconds.padStart(4)} s  ${counts}${kept}`);
}
for (const result of ['skipped', 'failed']) {
  const list = tests.filter((t) => t.result === result);
  if (list.length === 0) continue;
  console.log(`\n== ${result}`);
  for (const t of list) console.log(`${t.suite}: ${t.name}: ${(t.reason || 'no reason given').slice(-3000)}`);
}
if (unsteady.length > 0) {
  console.log('\n!! FAILED, AND PASSED WHEN RUN AGAIN: each is a fault of the program or of its test, to be found.');
  for (const t of unsteady) console.log(`${t.suite}: ${t.name}: ${t.reason || `see test-${t.suite}.log`}`);
}
const unheard = tests.filter((t) => t.result === 'skipped' && /Firestore emulator was not found/.test(t.reason ?? ''));
if (unheard.length > 0) {
  console.log(`\n!! THE FIRESTORE EMULATOR WAS NOT FOUND: ${unheard.length} tests of rooms in Firestore and of its rules DID NOT RUN.`);
  console.log('!! apt install google-cloud-cli-firestore-emulator, or name its jar in PARLEY_FIRESTORE_EMULATOR_JAR.');
}
const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((r) => count(tests, r));
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
