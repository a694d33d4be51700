// Joins the SBOMs of the Go modules and of the npm packages (CycloneDX 1.5), and
// takes out what differs from run to run: node sbom.mjs GO NPM
import { readFileSync } from 'node:fs';
import { env } from 'node:process';

const [go, npm] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));

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

const app = { ...go.metadata.component, name: 'parley', version: env.VERSION, licenses: [{ license: { id: 'MIT' } }] };
const name = (c) => c['bom-ref'] ?? c.purl ?? c.name;
const components = [...(go.components ?? []), ...(npm.components ?? []), ...linked];
components.sort((a, b) => (name(a) < name(b) ? -1 : 1));
const own = { ref: app['bom-ref'], dependsOn: components.filter((c) => linked.includes(c) || npm.components?.includes(c)).map(name) };
const dependencies = [...(go.dependencies ?? []), ...(npm.dependencies ?? []).filter((d) => components.some((c) => name(c) === d.ref))];
const root = dependencies.find((d) => d.ref === own.ref);
if (root) root.dependsOn = [...(root.dependsOn ?? []), ...own.dependsOn];
else dependencies.push(own);

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
