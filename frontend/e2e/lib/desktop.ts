// A desktop of its own for each test: an X server, a session bus with the
// accessibility bus on it, and sound devices. The real window runs there.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { contrast, Motion } from './motion.js';
import { lasting, Program, run, until, type Cleanup } from './process.js';
import { Sound } from './sound.js';

export const PARLEY =
  process.env['PARLEY'] ?? join(import.meta.dirname, '../../../build/bin/parley');

export type Element = {
  role: string;
  name: string;
  description: string;
  text: string;
  enabled: boolean;
  focused: boolean;
  showing: boolean;
  pressed: boolean;
  box: [x: number, y: number, width: number, height: number] | null;
};

/** Starts an X server with one screen; gives the display's name. */
export async function xDisplay(cleanup: Cleanup, size: string): Promise<string> {
  const args = ['-displayfd', '1', '-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-noreset'];
  const xvfb = new Program('Xvfb', args, cleanup);
  return `:${await xvfb.line((l) => /^\d+$/.exec(l)?.[0], 'display number')}`;
}

export class Desktop {
  private constructor(
    readonly cleanup: Cleanup,
    readonly sound: Sound,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  static async start(cleanup: Cleanup, size = '1280x800'): Promise<Desktop> {
    const dir = cleanup.folder();
    const home = join(dir, 'home');
    const runtime = join(dir, 'run');
    mkdirSync(home);
    mkdirSync(runtime, { mode: 0o700 });
    const [display, sound] = await Promise.all([xDisplay(cleanup, size), Sound.start(cleanup)]);
    const env: NodeJS.ProcessEnv = {
      ...withoutDesktop(process.env),
      ...sound.env,
      DISPLAY: display,
      HOME: home,
      XDG_RUNTIME_DIR: runtime,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_STATE_HOME: join(home, 'state'),
      LANG: 'C.UTF-8',
      LIBGL_ALWAYS_SOFTWARE: '1',
      GST_REGISTRY: join(lasting, 'gstreamer'), // else each new user's window reads all plugins anew
    };
    const bus = new Program(
      'dbus-daemon',
      ['--session', '--nofork', '--print-address=1'],
      cleanup,
      {
        env,
      },
    );
    env['DBUS_SESSION_BUS_ADDRESS'] = await bus.line((l) => /^unix:.*/.exec(l)?.[0], 'bus address');
    return new Desktop(cleanup, sound, env);
  }

  /** Opens the program's window. */
  async open(args: string[] = []): Promise<Window> {
    const program = new Program(PARLEY, args, this.cleanup, { env: this.env });
    const window = new Window(program, this);
    await window.find({ name: '.*', role: 'document web' }, 30_000);
    return window;
  }
}

function withoutDesktop(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ['WAYLAND_DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'PULSE_SERVER'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

type Query = { name: string; role?: string };

/** The real window, seen and pressed from outside. */
export class Window {
  readonly #reader: Program;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly program: Program,
    readonly desktop: Desktop,
  ) {
    // The system's Python: another one does not have gi.
    this.#reader = new Program(
      '/usr/bin/python3',
      [join(import.meta.dirname, 'atspi.py')],
      desktop.cleanup,
      { env: desktop.env, bytes: true },
    );
    this.#answers = createInterface({ input: this.#reader.stdout })[Symbol.asyncIterator]();
  }

  #ask<T>(query: Record<string, unknown>): Promise<T | null> {
    const asked = this.#last.then(async () => {
      this.#reader.stdin.write(JSON.stringify({ pid: this.program.pid, ...query }) + '\n');
      const next = await this.#answers.next();
      if (next.done) throw new Error(`the AT-SPI reader ended:\n${this.#reader.output}`);
      const answer = JSON.parse(next.value) as { ok?: T | null; error?: string };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.ok ?? null;
    });
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  async #until(op: string, query: Query, within: number): Promise<Element> {
    let trouble = '';
    const ask = async (): Promise<Element | undefined> => {
      if (this.program.exitCode !== undefined) throw new Error('the program has ended');
      try {
        return (await this.#ask<Element>({ op, ...query })) ?? undefined;
      } catch (error) {
        trouble = String(error); // the tree changes under us: ask again
        return undefined;
      }
    };
    try {
      return await until(`${op} ${query.role ?? 'element'} named /${query.name}/`, ask, within);
    } catch (error) {
      const tree = await this.tree();
      const said = this.program.output.slice(-3_000);
      const message = `${String(error)} ${trouble}\nthe window holds:\n${tree}\nthe program said:\n${said}`;
      throw new Error(message, { cause: error });
    }
  }

  /** Waits for an element whose name, or text, is wholly matched by the name. */
  find(query: Query, within = 60_000): Promise<Element> {
    return this.#until('find', query, within);
  }

  /** Waits for words, a regular expression, anywhere on the page. */
  says(words: string, within = 60_000): Promise<Element> {
    return this.find({ name: `.*${words}.*` }, within);
  }

  /** Presses what has the name, once it is there and enabled. */
  press(name: string, role = 'push button', within = 60_000): Promise<Element> {
    return this.#until('press', { name, role }, within);
  }

  /** Gives what has the name the keyboard. */
  async focus(query: Query): Promise<void> {
    await this.#until('focus', query, 60_000);
    // No window manager gives the keyboard to the window: we do.
    const window = ['search', '--onlyvisible', '--name', 'Parley', 'windowfocus', '--sync'];
    await run('xdotool', window, { env: this.desktop.env });
  }

  /** Types into the text field of that name, with keys. */
  async type(name: string, text: string): Promise<void> {
    const field = { name: `${name}.*`, role: 'entry' }; // what it holds is part of its name
    const { env } = this.desktop;
    await this.focus(field);
    await run('xdotool', ['key', 'ctrl+a'], { env });
    await run('xdotool', ['type', '--delay', '8', text], { env });
    let typed = '';
    await until(
      `typing ${text}`,
      async () => (typed = (await this.find(field)).text) === text || undefined,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${typed}`, { cause: error });
    });
  }

  /** Chooses an option of the select of that name, with keys. */
  async choose(name: string, option: string): Promise<void> {
    await this.focus({ name: `${name}.*`, role: 'combo box' });
    await run('xdotool', ['type', '--delay', '8', option], { env: this.desktop.env });
  }

  /** Chooses a file in the system's dialog of that title: its path, and Open. */
  async pick(title: string, path: string): Promise<void> {
    const { env } = this.desktop;
    await this.find({ name: title, role: 'file chooser' });
    const dialog = ['search', '--onlyvisible', '--name', `^${title}$`, 'windowfocus', '--sync'];
    await run('xdotool', dialog, { env });
    await run('xdotool', ['key', 'ctrl+l'], { env }); // the line for a path
    await run('xdotool', ['type', '--delay', '8', path], { env });
    await this.press('Open');
    await until('the dialog closed', async () =>
      (await this.has({ name: title, role: 'file chooser' })) ? undefined : true,
    );
  }

  /** The invite link, as it stands on the screen. */
  async invite(): Promise<string> {
    return (await this.find({ name: 'https?://.*' })).text.trim();
  }

  /** Where an element is on the screen: x, y, width and height. */
  async place(name: string): Promise<[number, number, number, number]> {
    const { box } = await this.find({ name });
    if (!box) throw new Error(`"${name}" has no place on the screen`);
    return box;
  }

  async has(query: Query): Promise<boolean> {
    return (await this.#ask({ op: 'find', ...query })) !== null;
  }

  /** All that a screen reader finds, in its order. */
  async elements(): Promise<(Element & { depth: number })[]> {
    return (await this.#ask<(Element & { depth: number })[]>({ op: 'tree' })) ?? [];
  }

  /** The same in words, indented. */
  async tree(): Promise<string> {
    return (await this.elements().catch(() => []))
      .map((e) => {
        const marks = [e.enabled ? '' : 'disabled', e.pressed ? 'pressed' : ''].filter(Boolean);
        return `${'  '.repeat(e.depth)}${e.role} "${e.name}" ${e.text} ${marks.join(' ')} ${String(e.box)}`;
      })
      .join('\n');
  }

  /** A PNG of the whole screen. */
  async screenshot(file: string): Promise<void> {
    await run('import', ['-window', 'root', file], { env: this.desktop.env });
  }

  /** Waits until the picture in a tile moves. */
  async moves(tile: string, within = 60_000): Promise<void> {
    const motion = new Motion();
    const what = `the window's "${tile}" moving`;
    const look = async (): Promise<boolean> => motion.seen(await this.#picture(tile));
    await until(what, async () => (await look()) || undefined, within).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${motion.toString()}`, { cause: error });
    });
  }

  /** Waits until the picture in a tile is gone, or stood still for a second. */
  async stands(tile: string, within = 10_000): Promise<void> {
    const motion = new Motion();
    const look = async (): Promise<boolean> => {
      motion.seen(await this.#picture(tile));
      return motion.still > 1_000;
    };
    await until(
      `the window's "${tile}" standing still`,
      async () => (await look()) || undefined,
      within,
    );
  }

  /** Waits until the element is on the screen, and the screen stands still: what
   * a screen reader finds is painted a moment later. */
  async paints(name: string, within = 5_000): Promise<void> {
    const motion = new Motion();
    const painted = async (): Promise<true | undefined> => {
      motion.seen(await this.#picture('Parley', 1));
      if (motion.still < 600) return undefined;
      const picture = await this.#picture(name, 1);
      return picture && contrast(picture) > 3 ? true : undefined;
    };
    await until(`the window painting "${name}"`, painted, within);
  }

  /** Waits until the program has let its microphone and speaker go. */
  async releases(within = 1_000): Promise<void> {
    const streams = (): Promise<number> => this.desktop.sound.streams(this.program.pid);
    await until(
      'letting the sound devices go',
      async () => (await streams()) === 0 || undefined,
      within,
    );
  }

  /** An element as it is on the screen: 32 by 18 pixels. Of a tile only the
   * middle half is taken: nothing lies over that. */
  async #picture(name: string, part = 0.5): Promise<Uint8Array | null> {
    const pixels = await this.#ask<string>({ op: 'picture', name, part });
    return pixels === null ? null : Buffer.from(pixels, 'base64');
  }
}
