// Joins the SBOMs of the npm packages and of the Go modules, one of each system
// (CycloneDX 1.5), and takes out what differs from run to run: node sbom.mjs NPM GO...
// Runs in the root of the sources, on the machine that links the programs.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { env } from 'node:process';

const [npm, ...systems] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));

const run = (...command) => execFileSync(command[0], command.slice(1), { encoding: 'utf8' }).trim();
const debian = (name) => run('dpkg-query', '-W', '-f=${Version}', name);
/** The version that a file of a Go module says it is. */
const says = (module, path, pattern) =>
  readFileSync(`${run('go', 'list', '-m', '-f', '{{.Dir}}', module)}/${path}`, 'latin1').match(pattern)[1];

// What is linked and no module manager knows of.
const windows = env.PARLEY_RELEASE?.includes('windows');
const linked = [
  ['libvpx', debian('libvpx-dev'), 'BSD-3-Clause', 'https://chromium.googlesource.com/webm/libvpx'],
  [
    'openh264',
    says('parley', 'backend/media/openh264/include/openh264/codec_ver.h', /OpenH264 version:(\d+\.\d+\.\d+)/),
    'BSD-2-Clause',
    'https://github.com/cisco/openh264',
  ],
  [
    'opus',
    says('github.com/pion/mediadevices', 'pkg/codec/opus/lib/libopus-linux-x64.a', /libopus (\d+\.\d+(\.\d+)?)/),
    'BSD-3-Clause',
    'https://opus-codec.org',
  ],
  ...(windows
    ? [
        ['libgcc and libstdc++', debian('gcc-mingw-w64-x86-64-posix-runtime'), 'GPL-3.0-or-later WITH GCC-exception-3.1', 'https://gcc.gnu.org'],
        ['mingw-w64', debian('mingw-w64-x86-64-dev'), 'ZPL-2.1 AND MIT', 'https://www.mingw-w64.org'],
      ]
    : []),
].map(([name, version, licence, url]) => ({
  type: 'library',
  'bom-ref': `linked:${name}`,
  name,
  version,
  licenses: [licence.includes(' ') ? { expression: licence } : { license: { id: licence } }],
  externalReferences: [{ type: 'website', url }],
}));

const [go] = systems;
const app = { ...go.metadata.component, name: 'parley', version: env.VERSION, licenses: [{ license: { id: 'MIT' } }] };
const name = (c) => c['bom-ref'] ?? c.purl ?? c.name;
const byName = new Map([...systems.flatMap((s) => s.components), ...(npm.components ?? []), ...linked].map((c) => [name(c), c]));
const components = [...byName.keys()].sort().map((key) => byName.get(key));
// A module may depend on others elsewhere.
const dependsOn = new Map([[app['bom-ref'], new Set([...(npm.components ?? []), ...linked].map(name))]]);
for (const { ref, dependsOn: on = [] } of [...systems.flatMap((s) => s.dependencies), ...(npm.dependencies ?? [])]) {
  if (ref !== app['bom-ref'] && !byName.has(ref)) continue;
  dependsOn.set(ref, new Set([...(dependsOn.get(ref) ?? []), ...on]));
}
const dependencies = [...dependsOn].map(([ref, on]) => ({ ref, dependsOn: [...on].sort() }));

process.stdout.write(
  JSON.stringify(
    {
      $schema: go.$schema,
      bomFormat: 'CycloneDX',
      specVersion: go.specVersion,
      version: 1,
      metadata: { timestamp: new Date(Number(env.SOURCE_DATE_EPOCH) * 1000).toISOString(), component: app },
      components,
      dependencies,
    },
    null,
    1,
  ) + '\n',
);
