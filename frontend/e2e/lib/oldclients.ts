// Drives the old client's page (e2e/oldclient) in Chromium.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium as playwright, type BrowserContext, type Page } from 'playwright-core';
import { contrast, Motion } from './motion.js';
import { chromiumPath, flags } from './chromium.js';
import { until, type Cleanup } from './process.js';

export interface OldClientOptions {
  /** When candidates are written: before or after the room's document, or the answer. */
  candidates?: 'before' | 'after';
  /** False: candidates come without it. */
  usernameFragment?: boolean;
  /** All candidates are written in one go, in an order made of this number. */
  shuffle?: number;
}

/** What an old client counts. */
export interface OldClientState {
  connection: RTCPeerConnectionState;
  written: number;
  added: number;
  lost: number;
  answersIgnored: number;
}

type Pressed = {
  oldClient: {
    create(): Promise<string>;
    join(room: string): Promise<void>;
    hangUp(): Promise<void>;
    settled(): Promise<void>;
    state(): OldClientState;
    told(): string[];
  };
};

/** A browser for old clients of one project; its rules have to be open (firestore.dev.rules). */
export class OldClients {
  private constructor(
    readonly context: BrowserContext,
    readonly address: string,
    readonly emulator: string,
    readonly project: string,
  ) {}

  static async start(cleanup: Cleanup, emulator: string, project: string): Promise<OldClients> {
    const address = await serve(cleanup);
    const browser = await playwright.launch({
      ...(chromiumPath && { executablePath: chromiumPath }),
      headless: true,
      args: [
        ...flags,
        '--use-fake-device-for-media-stream=fps=5',
        '--use-fake-ui-for-media-stream',
        '--allow-loopback-in-peer-connection',
      ],
    });
    cleanup.defer(() => browser.close());
    // One profile for all: it keeps the compiled script, and they keep nothing in it.
    const context = await browser.newContext({ viewport: { width: 160, height: 120 } });
    return new OldClients(context, address, emulator, project);
  }

  /** A new client, in a page of its own. */
  async open(options: OldClientOptions = {}): Promise<OldClient> {
    const page = await this.context.newPage();
    const query = new URLSearchParams({ emulator: this.emulator, project: this.project });
    if (options.candidates) query.set('candidates', options.candidates);
    if (options.usernameFragment === false) query.set('ufrag', 'no');
    if (options.shuffle !== undefined) query.set('shuffle', String(options.shuffle));
    await page.goto(`${this.address}/?${query}`);
    await page.waitForFunction(() => 'oldClient' in window);
    return new OldClient(page);
  }
}

export class OldClient {
  constructor(readonly page: Page) {}

  /** Makes a room and gives its ID. */
  create(): Promise<string> {
    return this.page.evaluate(() => (window as unknown as Pressed).oldClient.create());
  }

  join(room: string): Promise<void> {
    return this.page.evaluate((id) => (window as unknown as Pressed).oldClient.join(id), room);
  }

  hangUp(): Promise<void> {
    return this.page.evaluate(() => (window as unknown as Pressed).oldClient.hangUp());
  }

  /** Waits until all its candidates are in the database, and it will hear of the call's end. */
  settled(): Promise<void> {
    return this.page.evaluate(() => (window as unknown as Pressed).oldClient.settled());
  }

  state(): Promise<OldClientState> {
    return this.page.evaluate(() => (window as unknown as Pressed).oldClient.state());
  }

  /** What happened, line by line. */
  told(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as Pressed).oldClient.told());
  }

  /** Waits for a state of the connection. */
  async is(connection: RTCPeerConnectionState, within = 60_000): Promise<OldClientState> {
    return this.#wait(
      `the old client being ${connection}`,
      async () => {
        const state = await this.state();
        return state.connection === connection ? state : undefined;
      },
      within,
    );
  }

  /** Waits until the other side's picture is no plain colour, and moves. */
  async sees(within = 60_000): Promise<void> {
    const motion = new Motion();
    await this.#wait(
      'the old client seeing a moving picture',
      async () => {
        const pixels = await this.page.evaluate(grab);
        const shown = pixels ? Uint8Array.from(pixels) : null;
        return (motion.seen(shown) && shown !== null && contrast(shown) > 5) || undefined;
      },
      within,
    );
  }

  async close(): Promise<void> {
    await this.page.close();
  }

  async #wait<T>(what: string, ask: () => Promise<T | undefined>, within: number): Promise<T> {
    return until(what, ask, within).catch(async (error: unknown) => {
      const told = [JSON.stringify(await this.state()), ...(await this.told())];
      throw new Error(`${String(error)}; it told:\n${told.join('\n')}`, { cause: error });
    });
  }
}

/** In the page: the pixels of the other side's picture, small. */
function grab(): number[] | null {
  const video = document.querySelector<HTMLVideoElement>('#remote');
  if (!video?.videoWidth) return null;
  const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
  const context = canvas.getContext('2d');
  context?.drawImage(video, 0, 0, 32, 24);
  return [...(context?.getImageData(0, 0, 32, 24).data ?? [])];
}

/** The page and Firebase's own browser bundles, on a free loopback port. */
async function serve(cleanup: Cleanup): Promise<string> {
  const page = join(import.meta.dirname, '../oldclient');
  const firebase = join(import.meta.dirname, '../../node_modules/firebase');
  const { version } = JSON.parse(readFileSync(join(firebase, 'package.json'), 'utf8')) as {
    version: string;
  };
  const cdn = `https://www.gstatic.com/firebasejs/${version}/`;
  const bundle = (name: string): string =>
    readFileSync(join(firebase, name), 'utf8').replaceAll(cdn, '/');
  const files = new Map([
    ['/', ['text/html', readFileSync(join(page, 'index.html'), 'utf8')]],
    ['/client.js', ['text/javascript', readFileSync(join(page, 'client.js'), 'utf8')]],
    ['/firebase-app.js', ['text/javascript', bundle('firebase-app.js')]],
    ['/firebase-firestore.js', ['text/javascript', bundle('firebase-firestore.js')]],
  ]);
  const forLong = { 'cache-control': 'max-age=3600, immutable' };
  const server = createServer((request, response) => {
    const [type, body] = files.get(new URL(request.url ?? '', 'http://x').pathname) ?? [];
    if (type)
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, ...forLong }).end(body);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
