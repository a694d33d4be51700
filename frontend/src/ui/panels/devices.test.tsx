// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Actions, DeviceCheck } from '../../host/host.ts';
import { panels } from '../../model/panels/en.ts';
import { idle, type Device, type Snapshot } from '../../model/snapshot.ts';
import { DeviceNews } from './devicenews.tsx';
import { DevicePanel } from './devices.tsx';
import { share } from './meter.tsx';

const say = panels.devices;
let root: HTMLElement;
beforeEach(() => {
  vi.useFakeTimers();
  root = document.createElement('div');
  document.body.append(root);
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.useRealTimers();
});

const device = (id: string, name: string) => ({ id, name, default: false });

function fake() {
  const check = {
    devices: signal<DeviceCheck['devices']['value']>({
      cameras: [device('cam', 'USB camera')],
      microphones: [device('mic', 'Desk'), { ...device('away', 'Headset'), absent: true }],
      speakers: [],
    }),
    choice: signal({ camera: '', microphone: 'tone.wav', speaker: '' }),
    level: signal(-127),
    mirrored: signal(true),
    preview: vi.fn((box: HTMLElement, live: (live: boolean) => void) => {
      box.append('picture');
      live(true);
      return () => box.replaceChildren();
    }),
    choose: vi.fn(() => Promise.resolve()),
    orNone: true,
    setMirrored: vi.fn(() => Promise.resolve()),
    chime: vi.fn(() => Promise.resolve()),
    close: vi.fn(),
  } satisfies DeviceCheck;
  return check;
}

const hosts = new Map<DeviceCheck, Actions>();

async function draw(check: DeviceCheck, snapshot: Snapshot = idle): Promise<void> {
  const actions = hosts.get(check) ?? { checkDevices: () => Promise.resolve(check) };
  hosts.set(check, actions);
  await act(() => render(<DevicePanel actions={actions} snapshot={snapshot} mirrored />, root));
  await act(async () => {
    await vi.advanceTimersByTimeAsync(0);
  });
}

const pickers = () => [...root.querySelectorAll('select')];
const options = (i: number) => [...pickers()[i]!.options].map((o) => o.text);

test('a choice of one device keeps the others', async () => {
  const check = fake();
  await draw(check);
  const [camera, microphone] = pickers();
  expect(microphone?.value).toBe('tone.wav');
  await act(() => {
    camera!.value = 'cam';
    camera!.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(check.choose).toHaveBeenCalledWith({ camera: 'cam', microphone: 'tone.wav', speaker: '' });
});

test('what is away is listed where it was chosen, and what comes is listed at once', async () => {
  const check = fake();
  await draw(check);
  expect(options(1)).toEqual([say.systemDefault, 'Desk', 'tone.wav', say.noMicrophone]);
  await act(() => void (check.choice.value = { camera: '', microphone: 'away', speaker: '' }));
  expect(options(1)).toEqual([say.systemDefault, 'Desk', say.absent('Headset'), say.noMicrophone]);
  expect(pickers()[1]?.value).toBe('away');
  await act(() => {
    check.devices.value = { ...check.devices.value, cameras: [device('new', 'New camera')] };
  });
  expect(options(0)).toContain('New camera');
});

test('where nothing can be done without, none is not offered, nor speakers that cannot be chosen', async () => {
  const check = fake();
  check.devices.value = { cameras: [], microphones: [] };
  await draw({ ...check, orNone: false });
  expect(options(0)).toEqual([say.systemDefault]);
  expect(pickers()).toHaveLength(2);
  expect(root.textContent).not.toContain(say.chime);
  expect(root.textContent).not.toContain(say.chimeWhy);
});

test('the mirror and the sound are pressed', async () => {
  const check = fake();
  await draw(check);
  const mirror = root.querySelector<HTMLInputElement>('[role=switch]');
  expect(mirror?.checked).toBe(true);
  await act(() => mirror?.click());
  expect(check.setMirrored).toHaveBeenCalledWith(false);
  await act(() => [...root.querySelectorAll('button')].at(-1)?.click());
  expect(check.chime).toHaveBeenCalledOnce();
  expect(root.textContent).toContain(say.chimeWhy);
});

test('the picture is shown, or why there is none', async () => {
  const check = fake();
  await draw(check);
  const tile = () => root.querySelector<HTMLElement>('.tile');
  expect(tile()?.dataset['live']).toBe('true');
  await draw(check, { ...idle, camera: { on: true, problem: 'no_camera' } });
  expect(tile()?.textContent).toContain('No camera was found');
});

test('the meter follows at once for the eyes, and says a word now and then', async () => {
  const check = fake();
  await draw(check);
  const meter = root.querySelector<HTMLElement>('[role=meter]');
  expect(meter?.getAttribute('aria-valuetext')).toBe(say.levels.silent);
  expect(meter?.closest('[aria-live], [role=status], [role=alert]')).toBeNull();
  await act(() => void (check.level.value = -30));
  expect(meter?.style.getPropertyValue('--level')).toBe('0.6');
  expect(meter?.getAttribute('aria-valuenow')).toBe('0');
  await act(() => void (check.level.value = -127));
  await act(() => void vi.advanceTimersByTime(1_000));
  expect(meter?.getAttribute('aria-valuenow')).toBe('60');
  expect(meter?.getAttribute('aria-valuetext')).toBe(say.levels.good);
  await draw(check, { ...idle, microphone: { on: false } });
  expect(root.querySelector('[role=meter]')?.getAttribute('aria-valuetext')).toBe('Muted');
});

test('levels are shares of what a voice reaches', () => {
  expect([-127, -60, -35, -10, 0].map(share)).toEqual([0, 0, 50, 100, 100]);
});

test('the devices are let go with the panel, also where they come too late', async () => {
  const check = fake();
  await draw(check);
  await act(() => render(null, root));
  expect(check.close).toHaveBeenCalledOnce();
  const late = fake();
  const actions = { checkDevices: () => Promise.resolve(late) };
  await act(() => render(<DevicePanel actions={actions} snapshot={idle} mirrored />, root));
  await act(() => render(null, root));
  await vi.advanceTimersByTimeAsync(0);
  expect(late.close).toHaveBeenCalledOnce();
});

test('news of a device is told once, and put away', async () => {
  const gone: Device = { on: true, name: 'Desk', change: 'gone', was: 'Headset' };
  const show = (...devices: Device[]) => act(() => render(<DeviceNews devices={devices} />, root));
  const notices = () => [...root.querySelectorAll('[role=status]')].map((n) => n.textContent);
  await show({ on: true, name: 'Camera' }, gone, gone);
  expect(notices()).toEqual([`${say.gone('Headset')} ${say.goneNow('Desk')}`]);
  await act(() => root.querySelector('button')?.click());
  expect(notices()).toEqual([]);
  await show({ on: true, name: 'Headset', change: 'back', was: 'Headset' });
  expect(notices()).toEqual([`${say.back('Headset')} ${say.backNow}`]);
});
