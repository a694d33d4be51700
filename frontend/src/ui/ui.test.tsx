// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Home } from '../desktop/home.tsx';
import type { Actions, Finding, Host } from '../host/host.ts';
import { stats as figures } from '../gallery/madeup.ts';
import { desktop } from '../model/desktop.ts';
import { panels } from '../model/panels.ts';
import type { Stats } from '../model/stats.ts';
import { idle, Problem, type Snapshot } from '../model/snapshot.ts';
import { words } from '../model/words.ts';
import { home } from '../phone/home.tsx';
import { App, type HomeProps } from './app.tsx';
import { clock } from './status.tsx';

const room = '4fk2-9xqa-07mz';
const link = `https://192.168.1.20:8443/#room=${room}`;
const waiting: Snapshot = { ...idle, state: 'waiting', role: 'caller', room, invite: link };
const connected: Snapshot = {
  ...waiting,
  state: 'connected',
  other: { ...idle.other, present: true },
};

let root: HTMLElement;
const snapshot = signal<Snapshot>(idle);

beforeEach(() => {
  root = document.createElement('div');
  document.body.append(root);
});

afterEach(() => {
  render(null, root);
  root.remove();
});

async function show(
  first: Snapshot,
  actions: Actions & Partial<Pick<Host, 'link' | 'attach' | 'stats' | 'newer'>> = {},
  page: (p: HomeProps) => preact.ComponentChild = Home,
): Promise<void> {
  snapshot.value = first;
  const host: Host = {
    snapshot,
    stats: signal(undefined),
    mirrored: signal(true),
    attach: () => () => undefined,
    ...actions,
  };
  await act(() => render(<App host={host} home={page} />, root));
  await fetched();
}

/** What is fetched when it is needed is there. */
const fetched = () => act(() => vi.dynamicImportSettled());

async function become(next: Snapshot): Promise<void> {
  await act(() => void (snapshot.value = next));
  await fetched();
}

const buttons = () => [...root.querySelectorAll('button')];
const nameOf = (b: Element) => b.getAttribute('aria-label') ?? b.textContent.trim();
const names = () => buttons().map(nameOf);

function button(name: string): HTMLButtonElement {
  const found = buttons().filter((b) => nameOf(b) === name);
  expect(found, `buttons named ${name} among ${names().join(', ')}`).toHaveLength(1);
  return found[0]!;
}

async function press(name: string): Promise<void> {
  await act(async () => {
    button(name).click();
    await vi.waitFor(() => Promise.resolve());
  });
  await fetched();
}

async function type(text: string): Promise<void> {
  const input = root.querySelector('input')!;
  await act(() => {
    input.value = text;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

test('whose devices run before joining sees themselves, and is asked for nothing', async () => {
  const page = home(room);
  await show(idle, {}, page);
  expect(root.querySelector('.tile')).toBeNull();
  expect(root.textContent).toContain(words.label.phoneWhy);
  await become({ ...idle, preview: true });
  expect(root.querySelector('.tile')?.getAttribute('aria-label')).toBe('You');
  expect(root.textContent).toContain(words.label.phoneReady);
  expect(root.textContent).not.toContain(words.label.phoneWhy);
  await become({ ...idle, preview: true, camera: { on: false } });
  expect(root.querySelector('.tile')?.textContent).toContain('Camera is off');
});

test('who joins sees the room when the answer is out, or soon', async () => {
  vi.useFakeTimers();
  const shown = () => root.querySelector('main')?.className;
  const page = home(room);
  const preparing: Snapshot = { ...idle, state: 'preparing', role: 'callee' };
  const join = vi.fn(() => Promise.resolve());
  await show(idle, { join }, page);
  await become(preparing);
  expect(shown()).toBe('phone');
  expect(button('Join').getAttribute('aria-busy')).toBe('true');
  await act(() => root.querySelector('form')?.requestSubmit()); // the second tap of two
  expect(join).not.toHaveBeenCalled();
  await become({ ...preparing, state: 'connecting' });
  expect(shown()).toBe('room');
  await become({ ...idle, state: 'ended', role: 'callee', reason: 'hung_up' });
  await become({ ...preparing, state: 'waiting' });
  await act(async () => {
    await vi.advanceTimersByTimeAsync(99);
  });
  expect(shown()).toBe('phone');
  await act(async () => {
    await vi.advanceTimersByTimeAsync(1);
  });
  expect(shown()).toBe('room');
  await become(waiting); // who makes a room is there at once
  expect(shown()).toBe('room');
  vi.useRealTimers();
});

test('home creates, and joins what was typed, without the spaces around it', async () => {
  const createRoom = vi.fn(() => Promise.resolve());
  const join = vi.fn(() => Promise.resolve());
  await show(idle, { createRoom, join });
  await press('Create room');
  expect(createRoom).toHaveBeenCalledWith();
  expect(button('Join').disabled).toBe(true);
  await type(`  ${link}\n`);
  await press('Join');
  expect(join).toHaveBeenCalledWith(link);
});

test('an action that is missing disables its button', async () => {
  await show(idle);
  for (const name of ['Create room', 'Join', 'Mute microphone', 'Preview camera']) {
    expect(button(name).disabled, name).toBe(true);
  }
  await become(connected);
  for (const name of ['Mute microphone', 'Turn camera off', 'Hang up', 'Copy room ID']) {
    expect(button(name).disabled, name).toBe(true);
  }
  expect(names()).not.toContain('Switch camera');
  expect(names()).not.toContain('Tap to hear');
});

test('an action under way is not begun twice', async () => {
  let finish: () => void = () => undefined;
  const createRoom = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  await show(idle, { createRoom });
  await press('Create room');
  await press('Create room');
  expect(createRoom).toHaveBeenCalledTimes(1);
  await act(async () => {
    finish();
    await Promise.resolve();
  });
  expect(button('Create room').disabled).toBe(false);
});

test('a refused action is said in words, and can be put away', async () => {
  const join = () => Promise.reject(new Problem('bad_invite', 'raw text'));
  await show(idle, { join });
  await type('https://cut');
  await press('Join');
  const alert = root.querySelector('[role=alert]');
  expect(alert?.textContent).toContain(words.code.bad_invite.what);
  expect(alert?.textContent).toContain(words.code.bad_invite.next);
  expect(root.textContent).not.toContain('raw text');
  await press('Dismiss');
  expect(root.querySelector('[role=alert]')).toBeNull();
});

test('a program that was started with a link joins it, and says what is wrong with it', async () => {
  const join = vi.fn(() => Promise.reject(new Problem('bad_room_id', '')));
  await show(idle, { join, link: signal({ text: link }) });
  await act(() => Promise.resolve());
  expect(join).toHaveBeenCalledExactlyOnceWith(link);
  expect(root.querySelector('[role=alert]')?.textContent).toContain(words.code.bad_room_id.what);
});

test('home says how the call ended', async () => {
  await show(connected);
  await become({ ...idle, state: 'ended', reason: 'other_hung_up' });
  expect(root.querySelector('.notice')?.textContent).toContain('The other person hung up.');
  await become({ ...idle, state: 'failed', failure: { code: 'room_full', message: '' } });
  expect(root.querySelector('[role=alert]')?.textContent).toContain(words.code.room_full.what);
});

test('a newer release is told outside of calls, until it is dismissed', async () => {
  const openDownload = vi.fn(() => Promise.resolve());
  const newer = signal({ version: '1.3.0', page: 'https://example.org/' });
  await show(idle, { newer, openDownload });
  expect(root.querySelector('[role=status].notice')?.textContent).toContain('1.3.0');
  await press(desktop().openDownload);
  expect(openDownload).toHaveBeenCalledOnce();
  await become(connected);
  expect(root.textContent).not.toContain('1.3.0');
  await become(idle);
  await press('Dismiss');
  expect(root.textContent).not.toContain('1.3.0');
});

test('every screen has one heading of the first level, and the state in a live region', async () => {
  await show(idle);
  expect(root.querySelectorAll('h1')).toHaveLength(1);
  for (const state of [
    'preparing',
    'waiting',
    'connecting',
    'connected',
    'reconnecting',
  ] as const) {
    await become({ ...connected, state });
    expect(root.querySelectorAll('h1')).toHaveLength(1);
    const live = [...root.querySelectorAll('[role=status]')].map((e) => e.textContent);
    expect(live).toContain(words.state[state]);
  }
  expect(document.title).toContain(words.state.reconnecting);
});

test('our own picture stays where it is through a call', async () => {
  const attach = vi.fn<Host['attach']>(() => () => undefined);
  await show({ ...waiting, state: 'preparing' }, { attach });
  for (const state of ['waiting', 'connecting', 'connected', 'reconnecting'] as const) {
    await become({ ...connected, state });
  }
  expect(attach.mock.calls.filter(([track]) => track === 'local')).toHaveLength(1);
});

test('waiting shows the ID, the link and a code for it; each is copied', async () => {
  const copy = vi.fn(() => Promise.resolve());
  await show(waiting, { copy });
  expect(root.textContent).toContain(room);
  expect(root.querySelector('svg[role=img]')?.getAttribute('aria-label')).toBe(panels().invite.qr);
  await press('Copy room ID');
  await press('Copy invite link');
  expect(copy.mock.calls).toEqual([[room], [link]]);
  const said = [...root.querySelectorAll('[role=status]')].map((e) => e.textContent);
  expect(said).toContain(words.label.copied);
});

test('where the device can share, the link is shared first', async () => {
  const share = vi.fn(() => Promise.resolve());
  await show(waiting);
  expect(names()).not.toContain('Share invite link');
  await show(waiting, { share });
  await press('Share invite link');
  expect(share.mock.calls).toEqual([[link]]);
  expect(names()).toContain('Copy invite link');
});

test('only an invite with a certificate of its own speaks of one network', async () => {
  await show({ ...waiting, invite: `https://h:8443/#room=${room}&cert=abc` });
  expect(root.textContent).toContain(panels().invite.intro);
  await show({ ...waiting, invite: `https://demo.web.app/#room=${room}` });
  expect(root.textContent).toContain(panels().invite.anywhere);
});

test('an invite that is only an ID has no link and no code', async () => {
  await show({ ...waiting, invite: room });
  expect(root.querySelector('.qr')).toBeNull();
  expect(names()).not.toContain('Copy invite link');
});

test('the switches say what they will do, and try a broken device again', async () => {
  const setMicrophone = vi.fn(() => Promise.resolve());
  const setCamera = vi.fn(() => Promise.resolve());
  await show(connected, { setMicrophone, setCamera });
  await press('Mute microphone');
  expect(setMicrophone).toHaveBeenCalledWith(false);
  await become({ ...connected, microphone: { on: false } });
  await press('Unmute microphone');
  expect(setMicrophone).toHaveBeenLastCalledWith(true);
  await become({ ...connected, camera: { on: true, problem: 'camera_busy' } });
  await press('Turn camera on');
  expect(setCamera).toHaveBeenLastCalledWith(true);
});

test('a problem of a device is said once, put away, and said again when it comes back', async () => {
  const broken: Snapshot = { ...connected, camera: { on: true, problem: 'no_camera' } };
  const alerts = () => [...root.querySelectorAll('[role=alert]')].map((e) => e.textContent);
  await show(broken);
  expect(alerts()).toHaveLength(1);
  expect(alerts()[0]).toContain(words.code.no_camera.what);
  await press('Dismiss');
  expect(alerts()).toEqual([]);
  await become(connected);
  await become(broken);
  expect(alerts()).toHaveLength(1);
});

test('the tiles are named, and cover a picture that is not to be seen', async () => {
  await show({
    ...connected,
    other: { ...idle.other, present: true, microphoneOn: false, cameraOn: false },
  });
  const tile = (name: string) => root.querySelector(`[role=group][aria-label="${name}"]`);
  expect(tile('Other person')?.textContent).toContain(words.label.cameraOff);
  expect(tile('Other person')?.textContent).toContain(words.label.muted);
  expect(tile('You')).not.toBeNull();
});

test('the phone has the room of its link filled in, says why, and joins', async () => {
  const join = vi.fn(() => Promise.resolve());
  await show(idle, { join }, home(room));
  expect(root.textContent).toContain(words.label.phoneWhy);
  expect(root.querySelector('input')?.value).toBe(room);
  await press('Join');
  expect(join).toHaveBeenCalledWith(room);
});

test('the phone hears after a tap, and switches cameras', async () => {
  const tapToHear = vi.fn(() => Promise.resolve());
  const switchCamera = vi.fn(() => Promise.resolve());
  await show(connected, { tapToHear, switchCamera }, home(room));
  await press('Tap to hear');
  await press('Switch camera');
  expect(tapToHear).toHaveBeenCalledWith();
  expect(switchCamera).toHaveBeenCalledWith();
});

test('the clock of a call', () => {
  expect([0, 65, 3665].map(clock)).toEqual(['0:00', '1:05', '1:01:05']);
});

test('the figures of the last minute, and a word where the connection is poor', async () => {
  const stats = signal<Stats | undefined>(undefined);
  await show(connected, { stats });
  expect(names()).not.toContain(words.label.details);
  for (let i = 0; i < 7; i++) {
    await act(() => void (stats.value = { ...figures, rtt_ms: 900 + i }));
  }
  expect(root.textContent).toContain(words.label.quality.poor);
  await press(words.label.details);
  await vi.waitFor(() => expect(root.querySelector('.details')).not.toBeNull());
  const details = root.querySelector('.details');
  expect(details?.textContent).toContain('906 ms');
  expect(details?.textContent).toContain('VP8');
  expect(details?.textContent).toContain('UDP');
  expect(details?.textContent).toContain('2.0 Mbit/s');
  expect(details?.textContent).toContain(`${panels().details.jitter}4 ms`);
  expect(details?.querySelector('polyline')?.getAttribute('points')?.split(' ')).toHaveLength(7);
  await become(waiting);
  await become(idle);
  await act(() => void (stats.value = undefined));
  await become(connected);
  expect(root.textContent).not.toContain(words.label.quality.poor);
});

test('the data saver is a switch among the details', async () => {
  const setDataSaver = vi.fn(() => Promise.resolve());
  const stats = signal<Stats | undefined>(undefined);
  await show(connected, { stats, setDataSaver });
  await act(() => void (stats.value = figures));
  await press(words.label.details);
  const saver = () => root.querySelector<HTMLInputElement>('.details [role=switch]');
  await vi.waitFor(() => expect(saver()).not.toBeNull());
  expect(saver()?.checked).toBe(false);
  await act(() => saver()?.click());
  expect(setDataSaver).toHaveBeenLastCalledWith(true);
  await become({ ...connected, dataSaver: true });
  expect(saver()?.checked).toBe(true);
  await act(() => saver()?.click());
  expect(setDataSaver).toHaveBeenLastCalledWith(false);
});

test('a paused picture is said in words, ours and theirs', async () => {
  const attach: Host['attach'] = (_, __, watch) => {
    watch.live(true);
    return () => undefined;
  };
  const tile = (name: string) => root.querySelector(`.tile[aria-label="${name}"]`)?.textContent;
  await show(connected, { attach });
  expect(root.querySelector('.notice')).toBeNull();
  expect(tile('You')).toBe('');

  await become({ ...connected, camera: { on: true, name: 'camera', paused: true } });
  expect(root.querySelector('.notice[role=status]')?.textContent).toBe(
    'Your picture is paused: the connection is too weak. Sound goes on.',
  );
  expect(tile('You')).toBe(words.label.paused);
  expect(tile('Other person')).toBe('');

  await become({ ...connected, other: { ...connected.other, paused: true } });
  expect(root.querySelector('.notice')).toBeNull();
  expect(tile('Other person')).toBe(words.label.theirsPaused);
  expect(tile('You')).toBe('');

  // What ails the call more is said instead.
  await become({
    ...connected,
    state: 'reconnecting',
    camera: { on: true, name: 'camera', paused: true },
    other: { ...connected.other, paused: true },
  });
  expect(root.querySelector('.notice')).toBeNull();
  expect(tile('Other person')).toBe(words.state.reconnecting);
  await become({ ...connected, other: { ...connected.other, paused: true, cameraOn: false } });
  expect(tile('Other person')).toBe(words.label.cameraOff);
});

test('a picture that was there stays, dimmed, while another way is looked for', async () => {
  let live: (yes: boolean) => void = () => undefined;
  const attach: Host['attach'] = (track, _, watch) => {
    if (track === 'remote') live = (yes) => watch.live(yes);
    return () => undefined;
  };
  const shown = () => root.querySelector('.tile--remote')?.getAttribute('data-live');
  const reconnecting = { ...connected, state: 'reconnecting' } as const;
  await show(connected, { attach });
  await act(() => live(true));
  await become(reconnecting);
  await act(() => live(false));
  expect(shown()).toBe('true');
  expect(root.querySelector('.tile--remote .tile__veil')?.textContent).toBe(
    words.state.reconnecting,
  );

  await become(connected);
  expect(shown()).toBe('false');
  await become(reconnecting);
  expect(shown()).toBe('false');
});

test('a check before the call tells what it finds, and can be made again', async () => {
  let tell: ((f: Finding) => void) | undefined;
  let done = (): void => undefined;
  const examine = vi.fn((found: (f: Finding) => void) => {
    tell = found;
    return new Promise<void>((resolve) => (done = resolve));
  });
  await show(idle, { examine });
  await act(() => button(desktop().examine).click());
  expect(root.textContent).toContain(desktop().examining);
  await act(() =>
    tell?.({ check: 'nat', level: 'problem', cause: 'blocked', what: 'Blocked.', next: 'Move.' }),
  );
  expect(root.querySelector('.findings')?.textContent).toBe('Problem: Blocked. Move.');
  done();
  await vi.waitFor(() => expect(root.textContent).toContain(desktop().examined));
  await act(() => button(desktop().examineAgain).click());
  expect(examine).toHaveBeenCalledTimes(2);
  expect(root.querySelector('.findings')?.textContent).toBe('');
});

test('after half a minute without the other side the user is asked, and not hung up on', async () => {
  const keepTrying = vi.fn(() => Promise.resolve());
  const hangUp = vi.fn(() => Promise.resolve());
  await show({ ...connected, state: 'reconnecting' }, { keepTrying, hangUp });
  expect(root.querySelector('dialog')).toBeNull();
  await become({ ...connected, state: 'reconnecting', asking: true });
  const dialog = root.querySelector('dialog')!;
  expect(dialog.open).toBe(true);
  const name = root.querySelector(`#${CSS.escape(dialog.getAttribute('aria-labelledby')!)}`);
  expect(name?.textContent).toBe(words.label.stillAway);
  await press(words.label.keepTrying);
  expect(keepTrying).toHaveBeenCalledTimes(1);
  await act(() => void dialog.dispatchEvent(new Event('close'))); // Escape
  expect(keepTrying).toHaveBeenCalledTimes(2);
  const away = [...dialog.querySelectorAll('button')].find((b) => nameOf(b) === words.label.hangUp);
  await act(() => away?.click());
  expect(hangUp).toHaveBeenCalledTimes(1);
  await become(connected);
  expect(root.querySelector('dialog')).toBeNull();
  expect(keepTrying).toHaveBeenCalledTimes(2); // what takes it away is no answer
});
