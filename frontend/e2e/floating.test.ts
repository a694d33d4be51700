// The other side's picture in a small window over all others, which the phone's own
// browser shows: it goes there and back, goes on in it, and goes with the call. And
// nothing moves on the page where the picture comes.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { xDisplay } from './lib/desktop.js';
import { Motion } from './lib/motion.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath } from './lib/phone.js';
import { Cleanup, run, until } from './lib/process.js';
import { callWith, OURS } from './lib/scene.js';
import { watchShifts } from './lib/shifts.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());
beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

/** The small window that Chromium shows on a display. */
class SmallWindow {
  constructor(private readonly display: string) {}

  #xdotool(...args: string[]): Promise<Buffer> {
    return run('xdotool', args, { env: { ...process.env, DISPLAY: this.display } });
  }

  async #id(): Promise<string | undefined> {
    const search = ['search', '--onlyvisible', '--name', '^Picture.in.picture$'];
    const found = await this.#xdotool(...search).catch(() => ''); // it fails where there is none
    return /\d+/.exec(String(found))?.[0];
  }

  gone(within?: number): Promise<true> {
    return until('no small window', async () => !(await this.#id()) || undefined, within);
  }

  /** Waits until what is on the screen there moves. */
  async moves(): Promise<void> {
    const motion = new Motion();
    const look = async (): Promise<boolean> => {
      const id = await this.#id();
      if (!id) return motion.seen(null);
      const small = ['-window', id, '-resize', '32x18!', '-depth', '8', 'rgb:-'];
      const env = { ...process.env, DISPLAY: this.display };
      return motion.seen(await run('import', small, { env }).catch(() => null));
    };
    await until('the small window moving', async () => (await look()) || undefined).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}: ${motion.toString()}`, { cause: error });
      },
    );
  }

  /** Closes it by its own button, in its corner, which comes a while after the pointer does. */
  async close(): Promise<void> {
    await until('the small window closed', async () => {
      const id = await this.#id();
      if (!id) return true;
      const at = String(await this.#xdotool('getwindowgeometry', '--shell', id));
      const right = Number(/WIDTH=(\d+)/.exec(at)?.[1]);
      await this.#xdotool('mousemove', '--window', id, String(right - 60), '60');
      await this.#xdotool('mousemove', '--window', id, String(right - 20), '20');
      await this.#xdotool('click', '1');
      return this.gone(2_000).catch(() => undefined);
    });
  }
}

/** Words that others take the place of, which have their middle where it was. */
function inPlace(moved: string): boolean {
  const numbers = moved.match(/-?\d+/g)!.slice(-8).map(Number);
  const [x, y, width, height, toX, toY, toWidth, toHeight] = numbers as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  return Math.abs(2 * x + width - 2 * toX - toWidth) <= 2 && y === toY && height === toHeight;
}

test('the picture goes into a small window and back, and ends with the call', async () => {
  const display = await xDisplay(cleanup, '1280x1024');
  const { window, phone } = await callWith(cleanup, (c, hz) =>
    chromium(c, hz, { display, before: watchShifts }),
  );
  const small = new SmallWindow(display);
  const floats = (yes: boolean) =>
    until(`the picture ${yes ? '' : 'not '}in the small window`, async () =>
      (await phone.page.floats!()) === yes ? true : undefined,
    );
  const enter = async () => {
    await phone.press(/^Picture in picture/);
    await floats(true);
    await small.moves();
  };
  const back = async () => {
    await floats(false);
    await small.gone();
    await Promise.all([phone.sees(), phone.hears(OURS)]);
  };
  await phone.sees();
  expect((await phone.page.shifts!()).filter((m) => !inPlace(m))).toEqual([]);

  await enter();
  await phone.hears(OURS);
  await phone.press(/^Picture in picture/);
  await back();

  await enter();
  await small.close();
  await back();

  await enter();
  window.program.signal('SIGSTOP');
  await phone.says(/Connection lost/);
  expect(await phone.page.floats!()).toBe(true);
  window.program.signal('SIGCONT');
  await phone.says(/Connected/);
  await small.moves();

  await window.press('Turn camera off.*');
  await floats(false);
  await small.gone();
  await window.press('Turn camera on.*');
  await phone.sees();

  await enter();
  await window.press('Hang up.*');
  await phone.says(/The other person hung up/);
  await floats(false);
  await small.gone();
  await phone.releases();
});
