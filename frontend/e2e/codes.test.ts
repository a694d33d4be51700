// Calls by hand: no server but the one that the page itself came from.
import { generate } from 'lean-qr';
import { closeSync, createReadStream, existsSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Call, loopback, testDevices } from './lib/cli.js';
import { Desktop } from './lib/desktop.js';
import { closeServer, listen } from './lib/hosting.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath, firefox, firefoxPath, type Phone } from './lib/phone.js';
import { cleanupOf, until, type Cleanup } from './lib/process.js';

const dist = join(import.meta.dirname, '../dist');
const joinField = 'Room ID, invite link or call code';
const theirCode = 'The other side’s code';

/** Serves the built phone page, and counts what is asked for besides it. */
async function page(cleanup: Cleanup): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = [];
  const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://h').pathname;
    const file = join(dist, path === '/' ? 'phone.html' : path);
    if (path !== '/' && !path.startsWith('/assets/')) asked.push(path);
    if (!file.startsWith(dist) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', types[extname(file)] ?? 'text/html');
    createReadStream(file).pipe(response);
  });
  const port = await listen(server);
  cleanup.defer(() => closeServer(server));
  return { origin: `http://localhost:${port}/`, asked };
}

async function code(phone: Phone): Promise<string> {
  const shown = await until(`a code on ${phone.name}`, async () =>
    /PARLEY:[A-Z2-7]{100,}/.exec(await phone.page.text())?.at(0),
  );
  return small(shown, phone.name);
}

/** A code fits into one QR code that a camera reads with ease: under 600 bytes. */
function small(shown: string, by: string): string {
  const bytes = Math.floor(((shown.length - 'PARLEY:'.length) * 5) / 8); // base32
  console.log(`a code of ${by} has ${String(bytes)} bytes`);
  expect(bytes).toBeLessThan(600);
  return shown;
}

/**
 * A y4m of a screen with the code on it, which a hand holds nearer and farther.
 * Over another film it is what that camera sees from then on.
 */
function filmOf(text: string, file: string): string {
  const [width, height, pictures] = [1280, 720, 12];
  const qr = generate(text);
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`)];
  for (let n = 0; n < pictures; n++) {
    const swing = Math.sin((2 * Math.PI * n) / pictures);
    const module = (5 + swing) * (81 / (qr.size + 8)) * 1.2; // pixels
    const side = module * (qr.size + 8);
    const [left, top] = [(width - side) / 2 + 60 * swing, (height - side) / 2 + 20 * swing];
    const luma = Buffer.alloc(width * height, 90);
    for (let y = Math.ceil(top); y < top + side; y++) {
      for (let x = Math.ceil(left); x < left + side; x++) {
        const dark = qr.get(
          Math.floor((x - left) / module) - 4,
          Math.floor((y - top) / module) - 4,
        );
        if (y >= 0 && y < height) luma[y * width + x] = dark ? 40 : 215;
      }
    }
    parts.push(Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 2, 128));
  }
  const film = openSync(file, existsSync(file) ? 'r+' : 'w');
  writeSync(film, Buffer.concat(parts));
  closeSync(film);
  return file;
}

/** Ends the call on one side, and hears of it on the other: without any server. */
async function hangUp(one: Phone, other: Phone): Promise<void> {
  await one.press(/^hang up/i);
  await one.says(/You hung up/);
  await other.says(/The other person hung up/);
  await Promise.all([one.releases(), other.releases()]);
}

// Two at a time: in the first one a person takes most of a minute.
describe.concurrent('codes', () => {
  test('a code is read by the camera, and its answer may take its time', async (context) => {
    const cleanup = cleanupOf(context);
    needs(context, chromiumPath, 'Chromium');
    const { origin } = await page(cleanup);
    const caller = await chromium(cleanup, 1_000);
    await caller.page.open(origin);
    await caller.press(/^call without a server/i);
    const offer = await code(caller);

    const camera = filmOf(offer, join(cleanup.folder(), 'code.y4m'));
    const callee = await chromium(cleanup, 1_300, { camera });
    await callee.page.open(origin);
    await callee.press(/^scan with camera/i);
    const answer = await code(callee);
    // A person carries the answer: longer than ICE tries by itself (15 s).
    await new Promise((resolve) => setTimeout(resolve, 40_000));
    await caller.page.paste(theirCode, answer);
    await caller.press(/^connect/i);
    await Promise.all([caller.sees(), callee.sees()]);
    await hangUp(callee, caller);
  });

  test('Chromium and Firefox call each other with pasted codes', async (context) => {
    const cleanup = cleanupOf(context);
    needs(context, chromiumPath, 'Chromium');
    needs(context, firefoxPath, 'Firefox');
    const { origin, asked } = await page(cleanup);
    const phones = await Promise.all([chromium(cleanup, 1_000), firefox(cleanup, 1_300)]);
    for (const [caller, callee] of [phones, phones.toReversed() as typeof phones]) {
      await Promise.all([caller.page.open(origin), callee.page.open(origin)]);
      await caller.press(/^call without a server/i);
      const offer = await code(caller);

      await callee.page.paste(joinField, offer.slice(0, -30));
      await callee.press(/^join/i);
      await callee.says(/That is not a whole call code/);
      await callee.page.paste(joinField, offer);
      await callee.press(/^join/i);
      const answer = await code(callee);

      await caller.page.paste(theirCode, offer); // its own
      await caller.press(/^connect/i);
      await caller.says(/That is not a whole call code/);
      await caller.page.paste(theirCode, answer);
      await caller.press(/^connect/i);
      // Firefox' own picture is of one colour: it is heard.
      const [tone, picture] = phones;
      await Promise.all([picture.sees(), tone.hears(1_300), picture.hears(1_000)]);
      await hangUp(caller, callee);
    }
    context.expect(asked.filter((path) => path !== '/favicon.ico')).toEqual([]);
  });

  test('the window and Chromium call each other by QR codes alone', async (context) => {
    const cleanup = cleanupOf(context);
    needs(context, chromiumPath, 'Chromium');
    const { origin } = await page(cleanup);
    const films = cleanup.folder();
    const camera = filmOf('nothing to see yet', join(films, 'phone.y4m'));
    const [phone, desktop] = await Promise.all([
      chromium(cleanup, 1_000, { camera }),
      Desktop.start(cleanup),
    ]);
    desktop.sound.speak(700);
    await phone.page.open(origin);
    await phone.press(/^call without a server/i);
    const offer = filmOf(await code(phone), join(films, 'window.y4m'));
    const window = await desktop.open(['--camera', offer, ...loopback]);
    await window.press('Scan with camera');
    const shown = await window.find({ name: 'PARLEY:[A-Z2-7]{100,}' });
    const answer = small(shown.text.trim(), 'the window');
    await phone.press(/^scan with camera/i);
    filmOf(answer, camera);
    await Promise.all([window.says('Connected'), phone.says(/Connected/)]);
    await phone.sees();
    await phone.hears(700);
    await window.moves('Other person');
    await window.press('Hang up');
    await phone.says(/The other person hung up/);
  });

  test('two terminals call each other by codes', async (context) => {
    const cleanup = cleanupOf(context);
    const caller = new Call(cleanup, ['create', '--signaling', 'manual', ...testDevices]);
    const offer = await caller.event('code');
    small(offer.code, 'the program');
    const callee = new Call(cleanup, ['join', offer.code, ...testDevices]);
    const answer = await callee.event('code');
    small(answer.code, 'the program');
    caller.program.stdin.write(`${answer.code.slice(0, 50)}\n`);
    context.expect((await caller.event('error')).code).toBe('bad_code');
    caller.program.stdin.write(`${answer.code}\n`);
    await Promise.all([caller.state('connected'), callee.state('connected')]);
    await caller.event('stats', (s) => s.video.in.frames > 0);
    callee.hangUp();
    context.expect((await caller.event('end')).reason).toBe('other_hung_up');
  });
});
