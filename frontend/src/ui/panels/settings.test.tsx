// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Setting, SettingsView } from '../../host/host.ts';
import { desktop } from '../../model/desktop.ts';
import { SettingsPage } from './settings.tsx';

const say = desktop().settings;
const item = (key: string, value: unknown, more: Partial<Setting> = {}): Setting => ({
  key,
  value,
  source: 'default',
  help: `what ${key} is`,
  restart: false,
  ...more,
});
let view: SettingsView;
const settings = {
  read: vi.fn(() => Promise.resolve(view)),
  change: vi.fn<(changes: { Key: string; Value: string }[]) => Promise<SettingsView>>(),
  startAtLogin: vi.fn<(on: boolean) => Promise<SettingsView>>(),
};
const setDataSaver = vi.fn(() => Promise.resolve());
let root: HTMLElement;

beforeEach(() => {
  view = {
    path: '/home/ada/config.toml',
    startAtLogin: false,
    items: [
      item('signaling', 'lan'),
      item('firebase.project', ''),
      item('firebase.api_key', ''),
      item('lan.relay', true, { source: 'variable', place: 'variable PARLEY_LAN_RELAY' }),
      item('video.width', 1280),
      item('video.height', 720),
      item('video.data_saver', false),
      item('update.check', true, {
        source: 'file',
        place: '/home/ada/config.toml:7',
        restart: true,
      }),
      item('ice.interfaces', ['lo'], { source: 'file', place: '/home/ada/config.toml:9' }),
      item('video.codec', 'h264', { source: 'flag', place: 'flag --codec' }),
    ],
  };
  settings.change.mockReset().mockImplementation((changes) => {
    const values = new Map(changes.map(({ Key, Value }) => [Key, Value]));
    const items = view.items.map((i) =>
      values.has(i.key) ? { ...i, value: parsed(values.get(i.key) ?? '') } : i,
    );
    return Promise.resolve({ ...view, items });
  });
  settings.startAtLogin.mockReset();
  setDataSaver.mockClear();
  root = document.createElement('div');
  document.body.append(root);
});

afterEach(() => {
  render(null, root);
  root.remove();
});

const parsed = (text: string): unknown =>
  /^(true|false|\d+)$/.test(text) ? JSON.parse(text) : text;

async function show(): Promise<void> {
  const close = () => undefined;
  await act(() =>
    render(<SettingsPage settings={settings} setDataSaver={setDataSaver} close={close} />, root),
  );
}

const control = (name: string): HTMLInputElement => {
  const label = [...root.querySelectorAll('label')].find((l) => l.textContent.startsWith(name));
  return label!.querySelector('input')!;
};

test('a switch is written at once, and what a variable sets cannot be changed', async () => {
  await show();
  await act(() => control(say.updates).click());
  expect(settings.change).toHaveBeenCalledWith([{ Key: 'update.check', Value: 'false' }]);
  expect(control(say.updates).checked).toBe(false);

  expect(control(say.relay).disabled).toBe(true);
  expect(control(say.relay).checked).toBe(true);
  expect(root.textContent).toContain(say.fixed(say.byVariable('PARLEY_LAN_RELAY')));
  expect(root.textContent).toContain(say.restart);
});

test('the data saver counts at once, and the size is two settings in one', async () => {
  await show();
  await act(() => control(say.saver).click());
  expect(settings.change).toHaveBeenCalledWith([{ Key: 'video.data_saver', Value: 'true' }]);
  await vi.waitFor(() => expect(setDataSaver).toHaveBeenCalledWith(true));
  const size = root.querySelector('select')!;
  expect(size.value).toBe('1280 × 720');
  size.value = '640 × 360';
  await act(() => void size.dispatchEvent(new Event('change', { bubbles: true })));
  expect(settings.change).toHaveBeenLastCalledWith([
    { Key: 'video.width', Value: '640' },
    { Key: 'video.height', Value: '360' },
  ]);
});

test('Firestore asks for its project before anything is written', async () => {
  await show();
  await act(() => control(say.firestore).click());
  expect(settings.change).not.toHaveBeenCalled();
  for (const [name, value] of [
    [say.project, 'demo-a'],
    [say.apiKey, 'AIza'],
  ] as const) {
    const field = control(name);
    field.value = value;
    await act(() => void field.dispatchEvent(new Event('input', { bubbles: true })));
  }
  await act(() => root.querySelector<HTMLButtonElement>('form button')!.click());
  expect(settings.change).toHaveBeenCalledWith([
    { Key: 'firebase.project', Value: 'demo-a' },
    { Key: 'firebase.api_key', Value: 'AIza' },
    { Key: 'signaling', Value: 'firestore' },
  ]);
  expect(control(say.firestore).checked).toBe(true);
});

test('what is refused says why, and the page stays as it was', async () => {
  await show();
  settings.change.mockRejectedValueOnce('config.toml:3: signaling: not usable: why');
  await act(() => control(say.manual).click());
  await vi.waitFor(() => expect(root.textContent).toContain('signaling: not usable: why'));
  expect(root.querySelector('[role=alert]')).not.toBeNull();
  expect(control(say.lan).checked).toBe(true);
});

test('every other setting is there, with what set it', async () => {
  await show();
  const rows = [...root.querySelectorAll('dl > div')].map((row) => row.textContent);
  expect(rows).toEqual([
    `ice.interfaces["lo"]${say.inFile('9')}what ice.interfaces is`,
    `video.codech264${say.byFlag('--codec')}what video.codec is`,
  ]);
  expect(root.textContent).toContain(say.file('/home/ada/config.toml'));
});

test('start at login is a switch of the desktop', async () => {
  settings.startAtLogin.mockResolvedValue({ ...view, startAtLogin: true });
  await show();
  await act(() => control(say.login).click());
  expect(settings.startAtLogin).toHaveBeenCalledWith(true);
  expect(control(say.login).checked).toBe(true);
});
