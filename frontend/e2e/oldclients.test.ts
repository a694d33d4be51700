// `parley call` and clients of the plain schema, again and again.
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Call } from './lib/cli.js';
import { OldClients, type OldClient } from './lib/oldclients.js';
import { Cleanup } from './lib/process.js';
import { empty, Site } from './lib/site.js';
import { clip } from './lib/video.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

// Twelve rounds hold each order with each role and each kind of candidate.
const rounds = process.env['PARLEY_LONG'] ? 50 : 12;
const atOnce = 3; // calls: for most of its time one waits for the other side

// Which candidate comes first, and whether before or after the room and the
// answer, must never matter: each round has another order.
test(`${rounds} calls with old clients, in both roles`, { timeout: 600_000 }, async (context) => {
  const site = await Site.start(context, cleanup, { open: true });
  const clients = await OldClients.start(cleanup, site.emulator.host, site.project);
  const camera = join(cleanup.folder(), 'camera.y4m');
  await clip(camera, { width: 160, height: 90, seconds: 2 });
  const devices = ['--camera', camera, '--microphone', 'test', '--speaker', 'none'];
  const env = { ...site.env, PARLEY_LOG_LEVEL: 'debug' };
  const calls: Call[] = []; // by round

  function run(i: number, ...args: string[]): Call {
    return (calls[i] = new Call(cleanup, [...args, ...devices], env));
  }

  async function weCallOld(i: number, old: OldClient): Promise<Call> {
    const call = run(i, 'create');
    const { id } = await call.event('room');
    await call.state('waiting');
    await old.join(id.replaceAll('-', ''));
    return call;
  }

  async function round(i: number): Promise<void> {
    const old = await clients.open({
      shuffle: i,
      candidates: i % 4 < 2 ? 'before' : 'after',
      usernameFragment: i % 3 > 0,
    });
    const call = await (i % 2 ? old.create().then((id) => run(i, 'join', id)) : weCallOld(i, old));
    await Promise.all([call.state('connected', 60_000), old.is('connected', 30_000)]);
    await call.event('stats', (s) => s.video.in.frames > 0);
    if (i < 4) await old.sees();
    // What it would write after the end nobody would delete.
    await old.settled();
    if (i % 4 < 2) {
      call.hangUp();
      await old.is('closed');
      expect((await call.event('end')).reason).toBe('hung_up');
    } else {
      await old.hangUp();
      expect((await call.event('end')).reason).toBe('other_hung_up');
    }
    await old.close();
  }

  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < rounds) {
      const i = next++;
      await round(i).catch((error: unknown) => {
        next = rounds; // the other lanes need not go on
        const said = calls[i]?.program.output ?? '';
        throw new Error(`round ${i}: ${String(error)}\nthe program said:\n${said}`, {
          cause: error,
        });
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  await empty(site);
});
