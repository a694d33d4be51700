// Joins the SBOMs of the npm packages and of the Go modules, one of each system
// (CycloneDX 1.5), and takes out what differs from run to run: node sbom.mjs NPM GO...
import { readFileSync } from 'node:fs';
import { env } from 'node:process';

const [npm, ...systems] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));

// What is linked and no module manager knows of.
const linked = [
  ['libvpx', 'BSD-3-Clause', 'https://chromium.googlesource.com/webm/libvpx'],
  ['openh264', 'BSD-2-Clause', 'https://github.com/cisco/openh264'],
  ['opus', 'BSD-3-Clause', 'https://opus-codec.org'],
].map(([name, id, url]) => ({
  type: 'library',
  'bom-ref': `linked:${name}`,
  name,
  licenses: [{ license: { id } }],
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
