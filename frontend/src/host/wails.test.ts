// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { idle, type Snapshot } from '../model/snapshot.ts';
import type { Offer, Release } from './host.ts';
import { wailsHost } from './wails.ts';

const attach = vi.fn<(track: string, canvas: HTMLCanvasElement) => () => void>(
  () => () => undefined,
);
vi.mock('../stage/index.ts', () => ({ connect: vi.fn(() => ({ attach })) }));

let emit: Record<string, (data: unknown) => void>;
const app = {
  CreateRoom: vi.fn(() => Promise.resolve()),
  Join: vi.fn(() => Promise.resolve()),
  KeepTrying: vi.fn(() => Promise.resolve()),
  HangUp: vi.fn(() => Promise.resolve()),
  SetMicrophone: vi.fn(() => Promise.resolve()),
  SetCamera: vi.fn(() => Promise.resolve()),
  Preview: vi.fn(() => Promise.resolve()),
  Screens: vi.fn(() => Promise.resolve({ screens: [] })),
  Share: vi.fn(() => Promise.resolve()),
  Devices: vi.fn(() => Promise.resolve({ cameras: null, microphones: [], speakers: [] } as never)),
  CreateByHand: vi.fn(() => Promise.resolve()),
  EnterCode: vi.fn(() => Promise.resolve()),
  SetDataSaver: vi.fn(() => Promise.resolve()),
  SetVerified: vi.fn(() => Promise.resolve()),
  Scan: vi.fn(() => Promise.resolve('PARLEY:X')),
  StopScan: vi.fn(() => Promise.resolve()),
  Examine: vi.fn(() => {
    emit['finding']?.({ check: 'nat' });
    return Promise.resolve([]);
  }),
  Choose: vi.fn(() => Promise.resolve()),
  CheckDevices: vi.fn<(on: boolean) => Promise<void>>(() => Promise.resolve()),
  SetMirrored: vi.fn(() => Promise.resolve()),
  Chime: vi.fn(() => Promise.resolve()),
  Snapshot: vi.fn(() => Promise.resolve(idle)),
  Bridge: vi.fn(() => Promise.resolve('ws://127.0.0.1:1/x')),
  Copy: vi.fn(() => Promise.resolve()),
  StartLink: vi.fn(() => Promise.resolve('')),
  Update: vi.fn<() => Promise<Release | null>>(() => Promise.resolve(null)),
  OpenDownload: vi.fn(() => Promise.resolve()),
  SetFocused: vi.fn(() => Promise.resolve()),
  Ready: vi.fn(() => Promise.resolve()),
  SetWaitingRoom: vi.fn(() => Promise.resolve()),
  Knock: vi.fn(() => Promise.resolve()),
  LetIn: vi.fn(() => Promise.resolve()),
  Quit: vi.fn(() => Promise.resolve()),
  Stay: vi.fn(() => Promise.resolve()),
  Settings: vi.fn(() => Promise.resolve({ path: '/c.toml', items: [], startAtLogin: false })),
  ChangeSettings: vi.fn(() => Promise.reject(new Error('no'))),
  StartAtLogin: vi.fn(() => Promise.reject(new Error('no'))),
  LastCall: vi.fn<() => Promise<Omit<Offer, 'crashed'> | null>>(() => Promise.resolve(null)),
  ForgetLastCall: vi.fn(() => Promise.resolve()),
  Reopens: vi.fn(() => Promise.resolve(true)),
  Reopen: vi.fn(() => Promise.resolve()),
};

const chats = {
  All: vi.fn(() => Promise.resolve({ call: 0, able: false, entries: null })),
  Say: vi.fn<(text: string) => Promise<void>>(() => Promise.resolve()),
  Offer: vi.fn(() => Promise.resolve()),
  Answer: vi.fn(() => Promise.resolve()),
  Cancel: vi.fn(() => Promise.resolve()),
  Show: vi.fn(() => Promise.resolve()),
};

beforeEach(() => {
  emit = {};
  window.go = { main: { App: app }, session: { Chats: chats } };
  window.runtime = {
    EventsOn: (event, callback) => {
      emit[event] = callback as (data: unknown) => void;
      return () => undefined;
    },
    BrowserOpenURL: vi.fn(),
  };
});

afterEach(() => {
  delete window.go;
  delete window.runtime;
});

test('outside of the window there is no host', async () => {
  delete window.go;
  expect(await wailsHost()).toBeUndefined();
});

test('the snapshot of now comes first, then each that follows', async () => {
  const waiting: Snapshot = { ...idle, state: 'waiting' };
  app.Snapshot.mockResolvedValueOnce(waiting);
  const host = await wailsHost();
  expect(host?.snapshot.value).toEqual(waiting);
  emit['snapshot']?.({ ...idle, state: 'connected' });
  expect(host?.snapshot.value.state).toBe('connected');
});

test('a snapshot that was pushed meanwhile is newer than the one that was asked for', async () => {
  app.Snapshot.mockImplementationOnce(() => {
    emit['snapshot']?.({ ...idle, state: 'preparing' });
    return Promise.resolve(idle);
  });
  expect((await wailsHost())?.snapshot.value.state).toBe('preparing');
});

test('figures are there during a call only', async () => {
  const host = await wailsHost();
  emit['stats']?.({ rtt_ms: 1 });
  expect(host?.stats.value).toBeUndefined();
  emit['snapshot']?.({ ...idle, state: 'connected' });
  emit['stats']?.({ rtt_ms: 1 });
  expect(host?.stats.value).toEqual({ rtt_ms: 1 });
  emit['snapshot']?.({ ...idle, state: 'ended', reason: 'hung_up' });
  expect(host?.stats.value).toBeUndefined();
});

test('a newer release is known from the start, or when it is found', async () => {
  const release = { version: '1.3.0', page: 'https://example.org/' };
  app.Update.mockResolvedValueOnce(release);
  expect((await wailsHost())?.newer?.value).toEqual(release);
  const host = await wailsHost();
  expect(host?.newer?.value).toBeUndefined();
  emit['update']?.(release);
  expect(host?.newer?.value).toEqual(release);
});

test('the chat is there while the other side takes part, and each call has its own', async () => {
  const host = await wailsHost();
  expect(host?.chat).toBeUndefined();
  const entry = { id: 1, mine: true, text: 'hello', mark: 'sent' };
  emit['chat']?.({ call: 1, able: true, entries: [entry] });
  emit['chat']?.({ call: 1, able: true, entries: [{ ...entry, mark: 'delivered' }] });
  emit['chat']?.({ call: 1, able: true, entries: null });
  expect(host?.chat?.entries.value).toEqual([{ ...entry, mark: 'delivered' }]);
  await host?.chat?.answer(1, true);
  expect(chats.Answer).toHaveBeenCalledExactlyOnceWith(1, true);
  await host?.chat?.pick?.('Send a file');
  expect(chats.Offer).toHaveBeenCalledExactlyOnceWith('Send a file');
  chats.Say.mockRejectedValueOnce('refused');
  await expect(host?.chat?.say('x')).rejects.toMatchObject({ code: 'not_in_call' });
  emit['chat']?.({ call: 1, able: false, entries: null });
  expect(host?.chat).toBeUndefined();
  emit['chat']?.({ call: 2, able: true, entries: null });
  emit['chat']?.({ call: 1, able: false, entries: [entry] }); // late
  expect(host?.chat?.entries.value).toEqual([]);
});

test('a tile gets a canvas of the stage, and gives it back', async () => {
  const host = await wailsHost();
  const box = document.createElement('div');
  const detach = host?.attach('remote', box, { size: vi.fn(), live: vi.fn() });
  expect(attach.mock.calls[0]?.[0]).toBe('remote');
  expect(box.querySelector('canvas')).toBe(attach.mock.calls[0]?.[1]);
  detach?.();
  expect(box.children).toHaveLength(0);
});

test("Go's empty list is one here too; a file and the test picture are no mirror", async () => {
  const host = await wailsHost();
  const check = await host?.checkDevices?.();
  expect(check?.devices.value).toEqual({ cameras: [], microphones: [], speakers: [] });
  const camera = (name: string) => emit['snapshot']?.({ ...idle, camera: { on: true, name } });
  camera('Integrated camera');
  expect(host?.mirrored.value).toBe(true);
  for (const name of ['test picture', 'clip.y4m']) {
    camera(name);
    expect(host?.mirrored.value, name).toBe(false);
  }
});

test('the devices are tried out while somebody looks at them, and what comes is shown', async () => {
  app.CheckDevices.mockClear();
  const host = await wailsHost();
  const check = await host?.checkDevices?.();
  expect(app.CheckDevices.mock.calls).toEqual([[true]]);
  emit['devices']?.({ cameras: [], microphones: null, speakers: [{ id: 's', name: 'S' }] });
  emit['level']?.(-20);
  expect(check?.devices.value.speakers).toHaveLength(1);
  expect(check?.level.value).toBe(-20);
  emit['snapshot']?.({ ...idle, unmirrored: true });
  expect([check?.mirrored.value, host?.mirrored.value]).toEqual([false, false]);
  check?.close();
  await host?.checkDevices?.();
  expect(app.CheckDevices.mock.calls).toEqual([[true], [false], [true]]); // in this order
});

test('devices that cannot be tried out are let go', async () => {
  app.CheckDevices.mockClear();
  app.CheckDevices.mockRejectedValueOnce(new Error('no'));
  const host = await wailsHost();
  await expect(host?.checkDevices?.()).rejects.toThrow('no');
  await vi.waitFor(() => expect(app.CheckDevices.mock.calls).toEqual([[true], [false]]));
});

test('findings come as they are found', async () => {
  const host = await wailsHost();
  const found = vi.fn();
  await host?.examine?.(found);
  expect(found).toHaveBeenCalledWith({ check: 'nat' });
});

test('a scan shows our own picture and tells what it found', async () => {
  const host = await wailsHost();
  const append = vi.fn();
  const box = { append } as unknown as HTMLElement;
  vi.stubGlobal('document', {
    createElement: () => ({ remove: vi.fn(), getContext: () => null }),
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  });
  const found = vi.fn();
  const stop = host?.scan?.(box, found, vi.fn());
  await vi.waitFor(() => expect(found).toHaveBeenCalledWith('PARLEY:X'));
  expect(append).toHaveBeenCalledOnce();
  stop?.();
  expect(app.StopScan).toHaveBeenCalledWith(1);
  vi.unstubAllGlobals();
});

test('the tray gets its words', async () => {
  await wailsHost();
  const { tray } = (app.Ready.mock.lastCall as unknown as [{ tray: Record<string, unknown> }])[0];
  expect(tray).toMatchObject({ open: 'Open Parley', hangUp: 'Hang up', muted: 'Muted' });
  expect(tray['state']).toMatchObject({ connected: 'Connected' });
  expect(Object.values(tray)).not.toContain(undefined);
});

test('whoever closes the window in a call is asked, until the call is over', async () => {
  const host = (await wailsHost())!;
  emit['snapshot']?.({ ...idle, state: 'connected' });
  emit['quit']?.(undefined);
  expect(host.leaving?.value).toBe(true);
  await host.stay?.();
  expect(host.leaving?.value).toBe(false);
  expect(app.Stay).toHaveBeenCalledTimes(1);

  emit['quit']?.(undefined);
  emit['snapshot']?.({ ...idle, state: 'ended', reason: 'other_hung_up' });
  expect(host.leaving?.value).toBe(false);
  expect(app.Stay).toHaveBeenCalledTimes(2);
});

test('a call that a crash ended is offered, until there is one or the answer is no', async () => {
  const last = { role: 'callee', invite: 'https://a/#room=x', reopens: false } as const;
  app.LastCall.mockResolvedValueOnce(last);
  let host = await wailsHost();
  expect(host?.offer?.value).toEqual({ ...last, crashed: true });
  await host?.rejoin?.();
  expect(app.Join).toHaveBeenCalledWith(last.invite);
  emit['snapshot']?.({ ...idle, state: 'preparing' });
  expect(host?.offer?.value).toBeUndefined();

  app.LastCall.mockResolvedValueOnce({ ...last, role: 'caller' });
  app.CreateRoom.mockClear();
  host = await wailsHost();
  await host?.rejoin?.();
  expect(app.CreateRoom).toHaveBeenCalledTimes(1);
  await host?.dismissOffer?.();
  expect(host?.offer?.value).toBeUndefined();
  expect(app.ForgetLastCall).toHaveBeenCalledTimes(1);
});

test('our room whose other side was lost can be opened again', async () => {
  const host = await wailsHost();
  const invite = 'https://a/#room=x';
  emit['snapshot']?.({ ...idle, state: 'connected', role: 'caller', invite });
  emit['snapshot']?.({ ...idle, state: 'ended', role: 'caller', reason: 'other_hung_up' });
  await Promise.resolve();
  expect(host?.offer?.value).toBeUndefined();
  emit['snapshot']?.({ ...idle, state: 'connected', role: 'caller', invite });
  emit['snapshot']?.({ ...idle, state: 'ended', role: 'caller', reason: 'other_lost' });
  await vi.waitFor(() => expect(host?.offer?.value?.crashed).toBe(false));
  await host?.rejoin?.();
  expect(app.Reopen).toHaveBeenCalledWith(invite);
});

test('a link that may be a web page’s is not followed before the user says so', async () => {
  app.Join.mockClear();
  app.StartLink.mockResolvedValueOnce('PARLEY:https://a/#room=x');
  const host = await wailsHost();
  expect([host?.invited?.value, host?.link?.value]).toEqual([
    'PARLEY:https://a/#room=x',
    undefined,
  ]);
  await host?.decline?.();
  expect([host?.invited?.value, app.Join.mock.calls.length]).toEqual([undefined, 0]);

  app.StartLink.mockResolvedValueOnce('parley:7k3m-9q0x-v2ab');
  emit['link']?.(undefined);
  await vi.waitFor(() => expect(host?.invited?.value).toBe('parley:7k3m-9q0x-v2ab'));
  await host?.accept?.();
  expect(app.Join).toHaveBeenCalledExactlyOnceWith('parley:7k3m-9q0x-v2ab');
  expect(host?.invited?.value).toBeUndefined();

  app.StartLink.mockResolvedValueOnce('https://a/#room=x');
  emit['link']?.(undefined);
  await vi.waitFor(() => expect(host?.link?.value).toEqual({ text: 'https://a/#room=x' }));
});
