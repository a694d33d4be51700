// Prints the licences of all that is in the programs: Go modules that are linked
// in on any system, npm packages of the pages, and the C libraries; where
// PARLEY_RELEASE has windows, also what mingw-w64 links. A module without a
// licence file ends it with an error. Runs in the root of the sources.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';

const isLicence = /^(licen[cs]e|copying|notice|unlicense)([-.].*)?$/i;
const found = new Map(); // name -> texts

function read(name, folder, more = () => []) {
  const files = readdirSync(folder).filter((f) => isLicence.test(f) && !f.endsWith('.go'));
  const texts = files.sort().map((f) => readFileSync(join(folder, f), 'utf8').trim());
  const all = [...texts, ...more()];
  if (all.length === 0) throw new Error(`${name} has no licence file in ${folder}`);
  found.set(name, all);
}

for (const [GOOS, GOARCH, tags] of [
  ['linux', 'amd64', 'desktop,production,webkit2_41'],
  ['linux', 'arm64', 'desktop,production,webkit2_41'],
  ['windows', 'amd64', 'desktop,production'],
  ['darwin', 'arm64', 'desktop,production'],
]) {
  const list = execFileSync(
    'go',
    ['list', '-deps', '-tags', tags, '-f', '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}', '.'],
    { encoding: 'utf8', env: { ...env, GOOS, GOARCH, CGO_ENABLED: '1' }, maxBuffer: 1 << 26 },
  );
  for (const line of new Set(list.split('\n').filter(Boolean))) {
    const [name, dir] = line.split('\t');
    if (!found.has(name)) read(name, dir);
  }
}
read('Go', execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), () => []);

const lock = JSON.parse(readFileSync('frontend/package-lock.json', 'utf8'));
for (const [path, about] of Object.entries(lock.packages)) {
  if (path === '' || about.dev || about.devOptional || (about.optional && !existsSync(join('frontend', path)))) continue;
  const folder = join('frontend', path);
  const declared = `No licence file; its package.json declares ${about.license}.`;
  read(`${path.slice(path.lastIndexOf('node_modules/') + 13)} ${about.version} (npm)`, folder, () =>
    about.license && !readdirSync(folder).some((f) => isLicence.test(f)) ? [declared] : [],
  );
}

const debian = (name) => readFileSync(`/usr/share/doc/${name}/copyright`, 'utf8').trim();
found.set('libvpx', [debian('libvpx-dev')]);
found.set('opus', [debian('libopus-dev')]);
if (env.PARLEY_RELEASE?.includes('windows')) {
  found.set("GCC's libraries, in the programs for Windows", [debian('gcc-mingw-w64-x86-64-posix-runtime')]);
  found.set('mingw-w64, in the programs for Windows', [debian('mingw-w64-x86-64-dev')]);
}
found.set('openh264', [readFileSync('backend/media/openh264/include/LICENSE', 'utf8').trim()]);

process.stdout.write('Parley is made with what follows. Each part is under its own licence.\n');
// One text is printed once, for all that carry it word by word.
const byText = new Map();
for (const [name, texts] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const text = texts.join('\n\n');
  byText.set(text, [...(byText.get(text) ?? []), name]);
}
for (const [text, names] of byText) {
  process.stdout.write(`\n${'='.repeat(78)}\n${names.join('\n')}\n${'='.repeat(78)}\n\n${text}\n`);
}
