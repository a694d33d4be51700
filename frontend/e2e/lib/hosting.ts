// Stands in for Firebase Hosting: the built phone page at /, with a project's
// settings in it, under the Content-Security-Policy of build/firebase.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { FirebaseSettings } from '../../src/signaling/firestoresettings.js';
import type { Cleanup } from './process.js';

const root = join(import.meta.dirname, '../..');
const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Listens on a free loopback port. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

type Header = { key: string; value: string };
type FirebaseJson = { hosting: { headers: { source: string; headers: Header[] }[] } };

/** The hosting's policy, which lets the page reach the emulators as well. */
function policy(emulators: string[], config: string): string {
  const { hosting } = JSON.parse(readFileSync(config, 'utf8')) as FirebaseJson;
  const headers = hosting.headers.flatMap((h) => h.headers);
  const found = headers.find((h) => h.key.toLowerCase() === 'content-security-policy');
  if (!found) throw new Error('firebase.json has no Content-Security-Policy');
  const origins = emulators.map((host) => `http://${host}`).join(' ');
  return found.value.replace('connect-src ', `connect-src ${origins} `);
}

export class Hosting {
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  origin = '';

  /** Under the policy of a configuration for Firebase Hosting. */
  static async start(
    cleanup: Cleanup,
    settings: Partial<FirebaseSettings>,
    config = join(root, '../build/firebase/firebase.json'),
  ): Promise<Hosting> {
    const hosting = new Hosting();
    const { firestoreEmulator = '', authEmulator = '' } = settings;
    const csp = policy(
      [firestoreEmulator, authEmulator].filter((host) => host !== ''),
      config,
    );
    const json = JSON.stringify(settings).replaceAll('<', '\\u003c');
    const script = `<script type="application/json" id="firebase">${json}</script>`;
    const page = readFileSync(join(root, 'dist/phone.html'), 'utf8').replace(
      '</head>',
      `${script}</head>`,
    );
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '', 'http://hosting').pathname;
      hosting.asked.push(path);
      response.setHeader('Content-Security-Policy', csp);
      const file = join(root, 'dist', path);
      if (path === '/') response.setHeader('Content-Type', 'text/html').end(page);
      else if (path.startsWith('/assets/') && existsSync(file)) {
        const type = types[extname(file)] ?? 'application/octet-stream';
        response.setHeader('Content-Type', type).end(readFileSync(file));
      } else response.writeHead(404).end();
    });
    hosting.origin = `http://127.0.0.1:${await listen(server)}`;
    cleanup.defer(() => closeServer(server));
    return hosting;
  }
}
