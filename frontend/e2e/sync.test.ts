// Picture and sound of the other person are in step on the real window.
import { afterEach, expect, test } from 'vitest';
import { loopback } from './lib/cli.js';
import { Desktop } from './lib/desktop.js';
import { flashAndBeep } from './lib/inpage.js';
import { BUSY, load, notJudged } from './lib/load.js';
import { chromium } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { beepsAfterFlashes } from './lib/sync.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

test('a flash is seen when its beep is heard or up to 20 ms before, within 60 ms', async (context) => {
  const [desktop, phone] = await Promise.all([
    Desktop.start(cleanup),
    chromium(cleanup, 1_000, { before: flashAndBeep }),
  ]);
  const window = await desktop.open(['--camera', 'test', '--microphone', 'none', ...loopback]);
  await window.press('Create room');
  await phone.join(await window.invite());
  await window.says('Connected');
  await desktop.sound.listen().hears(1_000);
  // The first film while the machine had time to spare is judged.
  for (let film = 1; ; film++) {
    const busy = load();
    const late = await beepsAfterFlashes(window, 'Other person', 20);
    const used = busy();
    const sorted = late.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? NaN;
    console.log(
      `beeps after flashes, ms: n ${late.length}, median ${median.toFixed(0)}, all ${late.map((l) => l.toFixed(0)).join(' ')}; ${Math.round(100 * used)} % busy`,
    );
    if (film < 3 && used >= BUSY) continue;
    notJudged(context, used);
    expect(late.length).toBeGreaterThan(10);
    expect(Math.abs(median)).toBeLessThan(60);
    return;
  }
});
