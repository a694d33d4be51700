// A desktop as people have it: Xfce's window manager, and its panel with a tray.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Desktop } from './desktop.js';
import { Program, run, signalGroup, until } from './process.js';

export const panelPath = ['/usr/bin/xfce4-panel', '/usr/bin/xfwm4', '/usr/bin/xclip'].every(
  existsSync,
)
  ? '/usr/bin/xfce4-panel'
  : undefined;

const settings = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
`;

/** The window manager: with it windows have a frame, and the keyboard's focus. */
export async function manageWindows(desktop: Desktop): Promise<void> {
  const { env, cleanup } = desktop;
  new Program('xfwm4', ['--compositor=off', '--sm-client-disable'], cleanup, { env });
  await until('the window manager', async () => {
    const root = await run('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'], { env });
    return String(root).includes('window id') || undefined;
  });
}

type Line = { label: string; enabled: boolean };

/** Xfce's panel, which holds nothing but the tray. */
export class Panel {
  #program: Program | undefined;

  constructor(readonly desktop: Desktop) {
    const dir = join(desktop.env['XDG_CONFIG_HOME'] ?? '', 'xfce4/xfconf/xfce-perchannel-xml');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'xfce4-panel.xml'), settings);
  }

  start(): void {
    const { env, cleanup } = this.desktop;
    this.#program = new Program('xfce4-panel', ['--disable-wm-check'], cleanup, { env });
  }

  /** As a crash does. */
  kill(): void {
    if (this.#program) signalGroup(this.#program.pid, 'SIGKILL');
  }

  /** Waits for a badge of nearly that colour: red, green and blue, 0 to 255. */
  async shows(colour: number[]): Promise<void> {
    let seen: number[] = [];
    const pixel = ['-window', 'root', '-crop', '1x1+18+22', '-depth', '8', 'rgb:-'];
    const near = (c: number, i: number): boolean => Math.abs(c - (colour[i] ?? 0)) < 40;
    await until(`a badge like ${colour.join()}`, async () => {
      seen = [...(await run('import', pixel, { env: this.desktop.env }))];
      return seen.every(near) || undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}: it is ${seen.join()}`, { cause: error });
    });
  }

  /** Clicks on the icon, with the left button (1) or the right one (3). */
  async click(button: 1 | 3): Promise<void> {
    await this.#clickAt(12, 16, button);
  }

  async #clickAt(x: number, y: number, button = 1): Promise<void> {
    const click = ['mousemove', `${x}`, `${y}`, 'click', `${button}`];
    await run('xdotool', click, { env: this.desktop.env });
  }

  /** The menu of a process's icon, as the panel is told of it. Its drawing is
   * hidden from screen readers: Xfce embeds it from another process. */
  async lines(pid: number): Promise<Line[]> {
    const call = ['--session', '--print-reply', `--dest=org.kde.StatusNotifierItem-${pid}-1`];
    const layout = ['com.canonical.dbusmenu.GetLayout', 'int32:0', 'int32:-1', 'array:string:'];
    const asked = [...call, '/StatusNotifierItem/menu', ...layout];
    const said = await run('dbus-send', asked, { env: this.desktop.env }).catch(() => '');
    return String(said)
      .split('struct {')
      .map((line) => ({
        label: /"label"\s+variant\s+string "(.*)"/.exec(line)?.[1] ?? '',
        enabled: /"enabled"\s+variant\s+boolean true/.test(line),
      }))
      .filter(({ label }) => label !== '');
  }

  /** Chooses from the menu with the mouse, until it has done something. */
  async choose(pid: number, label: string, done: () => Promise<boolean>): Promise<void> {
    const choose = async (): Promise<true | undefined> => {
      const lines = await this.lines(pid);
      const line = lines.findIndex((l) => l.label === label && l.enabled);
      if (line < 0) return (await done()) || undefined;
      await this.click(3);
      const menu = await until('the menu', () => this.#menu(), 3_000).catch(() => undefined);
      if (!menu) return undefined;
      const [x, y, width, height] = menu;
      const separator = line < lines.length - 2 ? 0 : 1;
      await this.#clickAt(x + width / 2, y + separator + (height / lines.length) * (line + 0.5));
      return until(label, async () => (await done()) || undefined, 3_000).catch(() => undefined);
    };
    await until(`"${label}" chosen in the tray`, choose, 30_000).catch(async (error: unknown) => {
      const lines = JSON.stringify(await this.lines(pid));
      throw new Error(`${String(error)}; the menu has ${lines}`, { cause: error });
    });
  }

  /** Where the open menu is: x, y, width and height. */
  async #menu(): Promise<[number, number, number, number] | undefined> {
    const { env } = this.desktop;
    const each = ['search', '--onlyvisible', '--class', '.', 'getwindowgeometry', '%@'];
    const found = String(await run('xdotool', each, { env }).catch(() => ''));
    for (const [, x, y, width, height] of found.matchAll(
      /Position: (\d+),(\d+).*\n\s+Geometry: (\d+)x(\d+)/g,
    )) {
      const box = [Number(x), Number(y), Number(width), Number(height)] as const;
      if (box[0] < 10 && box[1] > 25 && box[1] < 40 && box[3] > 100) return [...box];
    }
    return undefined;
  }
}

/** What somebody would paste now; nothing where nothing was copied. */
export async function pasted({ env }: Desktop): Promise<string> {
  const paste = run('xclip', ['-out', '-selection', 'clipboard'], { env });
  return String(await paste.catch(() => ''));
}

const parley = ['search', '--onlyvisible', '--name', 'Parley$'];

/** Closes the program's window, with the keyboard. */
export async function closeWindow(desktop: Desktop): Promise<void> {
  await run('xdotool', [...parley, 'windowfocus', '--sync'], { env: desktop.env });
  // Apart from the above: after a search, xdotool sends keys that nobody pressed.
  await run('xdotool', ['key', 'alt+F4'], { env: desktop.env });
}

export function visible({ env }: Desktop): Promise<boolean> {
  return run('xdotool', parley, { env }).then(
    () => true,
    () => false,
  );
}
