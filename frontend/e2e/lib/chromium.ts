// Chromium as tests start it: a browser of a test's own, or one that tests share.
import { existsSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from 'playwright-core';
import { lasting, type Cleanup } from './process.js';
import { toneWav, type Sound } from './sound.js';
import { film } from './video.js';

export const chromiumPath = ['chromium', 'google-chrome', 'chromium-browser']
  .map((name) => `/usr/bin/${name}`)
  .find((path) => existsSync(path));

/** Chromium takes the last of such lists, so this one holds what playwright turns off, too. */
const without = [
  // Drawn ahead for a user who never types an address: a second of the processor each time.
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'],
  ...['AimEnabled', 'LensOverlay', 'MediaRouter', 'PaintHolding', 'DestroyProfileOnBrowserClose'],
  ...['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'ThirdPartyStoragePartitioning'],
  ...['OptimizationHints', 'NetworkTimeServiceQuerying', 'PreconnectToSearch'],
];

export const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  `--disable-features=${without.join()}`,
];

/** What a phone has to itself: each asks for a browser of its own. */
export type Own = {
  /** It can be frozen and killed. */
  mortal?: true;
  /** A y4m for its camera to see. */
  camera?: string;
  /** A folder where it keeps its data, for the next one to be the same user. */
  profile?: string;
  /** Its sound devices, which are real to it; it then has no camera. */
  sound?: Sound;
  /** The X display that shows its windows; without one it has none. */
  display?: string;
};

/** A file that browsers read whenever they play it. */
function kept(name: string, bytes: () => Buffer): string {
  const file = join(lasting, name);
  if (!existsSync(file)) writeFileSync(file, bytes());
  return file;
}

function launchOptions(hz: number, { camera, sound, display }: Own): LaunchOptions {
  const tone = kept(`${hz}.wav`, () => toneWav(hz, 10));
  // 720p where tests are about pictures.
  const small = process.env['PARLEY_VIDEO_WIDTH'] && kept('small.y4m', () => film(320, 180));
  const sees = camera ?? small;
  return {
    ...(chromiumPath && { executablePath: chromiumPath }),
    headless: !display,
    env: { ...process.env, ...sound?.env, ...(display && { DISPLAY: display }) },
    args: [
      ...flags,
      '--use-fake-ui-for-media-stream',
      '--allow-loopback-in-peer-connection',
      ...(sound
        ? []
        : [
            '--use-fake-device-for-media-stream',
            `--use-file-for-fake-audio-capture=${tone}`,
            ...(sees ? [`--use-file-for-fake-video-capture=${sees}`] : []),
          ]),
    ],
  };
}

/** By the tone that the microphone hears: to start one takes 3 s of a processor. */
const shared = new Map<number, Promise<Browser>>();

function sharedBrowser(hz: number): Promise<Browser> {
  const browser = shared.get(hz) ?? chromium.launch(launchOptions(hz, {}));
  shared.set(hz, browser);
  return browser;
}

/** A phone's. */
export const screen = {
  viewport: { width: 412, height: 915 },
  hasTouch: true,
  isMobile: true,
  ignoreHTTPSErrors: true,
};

/** A user's data in a browser of the test's own, whose process group has a pid, or in one that is shared. */
export async function userOf(
  cleanup: Cleanup,
  hz: number,
  own: Own,
): Promise<{ context: BrowserContext; pid?: number }> {
  const { profile, sound } = own;
  sound?.speak(hz);
  if (profile) {
    const context = await chromium.launchPersistentContext(profile, {
      ...launchOptions(hz, own),
      ...screen,
    });
    const closed = new Promise((resolve) => context.once('close', resolve));
    // The browser was killed, mostly: then it is closing by itself.
    cleanup.defer(() => context.close().catch(() => closed));
    // Chromium's own lock of the folder leads to HOST-PID.
    return {
      context,
      pid: Number(readlinkSync(join(profile, 'SingletonLock')).replace(/.*-/, '')),
    };
  }
  if (Object.keys(own).length > 0) {
    const server = await chromium.launchServer({ ...launchOptions(hz, own), host: '127.0.0.1' });
    cleanup.defer(() => server.close());
    const browser = await chromium.connect(server.wsEndpoint());
    const { pid } = server.process();
    if (pid === undefined) throw new Error('Chromium did not start');
    return { context: await browser.newContext(screen), pid };
  }
  const context = await (await sharedBrowser(hz)).newContext(screen);
  cleanup.defer(() => context.close());
  return { context };
}
