// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest';
import type { State } from '../../model/snapshot.ts';
import { SignalingError } from '../../signaling/signaling.ts';
import type { Host } from '../host.ts';
import { browserHost } from './browser.ts';
import { FakeDevices, FakePeerConnection, FakeSignaler, stubBrowser } from './testing.ts';

const room = '4fk2-9xqa-07mz';
const offer = { type: 'offer', sdp: 'their offer' } as const;

let devices: FakeDevices;
let signaler: FakeSignaler;
let host: Host;
let play: MockInstance<() => Promise<void>>;

beforeEach(() => {
  devices = new FakeDevices();
  signaler = new FakeSignaler();
  play = stubBrowser(devices);
  vi.useFakeTimers();
  host = browserHost(signaler);
});

afterEach(async () => {
  await host.hangUp?.();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const state = () => host.snapshot.value.state;
const reach = (s: State) => vi.waitFor(() => expect(state()).toBe(s));
const pc = () => FakePeerConnection.last;

async function joined(): Promise<void> {
  await host.join?.(room);
  await reach('waiting');
}

async function connected(): Promise<ReturnType<FakePeerConnection['receiveChannel']>> {
  await joined();
  signaler.room.tell({ type: 'description', description: offer });
  await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(1));
  pc().become('connected');
  expect(state()).toBe('connected');
  return pc().receiveChannel();
}

describe('joining', () => {
  test('asks the servers that the room names, too', async () => {
    const own = { urls: ['stun:own.example'] };
    const named = { urls: ['turn:room.example'], username: '1:ada', credential: 'secret' };
    host = browserHost(signaler, { bundlePolicy: 'max-bundle', iceServers: [own] });
    signaler.ice = [named];
    await joined();
    expect(pc().config).toEqual({ bundlePolicy: 'max-bundle', iceServers: [own, named] });
  });

  test('makes its connection while the room opens, and closes it where none does', async () => {
    vi.spyOn(signaler, 'join').mockReturnValue(new Promise(() => undefined));
    await host.join?.(room);
    await vi.waitFor(() => expect(FakePeerConnection.all).toHaveLength(1));
    await host.hangUp?.();
    expect(pc().closed).toBe(true);
  });

  test('answers with our tracks in the answer, and is connected', async () => {
    await joined();
    await vi.waitFor(() => expect(devices.running).toHaveLength(2));
    signaler.room.tell({ type: 'description', description: offer });
    await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(1));
    pc().become('connected');
    pc().receiveChannel();
    expect(signaler.joined?.room).toBe('4fk29xqa07mz');
    expect(signaler.room.sent).toEqual(['answer to their offer with microphone,camera (user)']);
    expect(pc().streamed).toBe(2); // an old client looks for them there
    expect(signaler.room.connections).toBe(1); // no more candidates
    expect(host.snapshot.value).toMatchObject({
      role: 'callee',
      room,
      microphone: { on: true, name: 'microphone' },
      camera: { on: true, name: 'camera (user)' },
      other: { present: true },
    });
  });

  test('what is no room ID is refused at once, and nothing is opened', async () => {
    await expect(host.join?.('what?')).rejects.toMatchObject({ code: 'bad_room_id' });
    expect(state()).toBe('idle');
    expect(devices.asked).toEqual([]);
  });

  test('no second call while one is under way', async () => {
    await joined();
    await expect(host.join?.(room)).rejects.toMatchObject({ code: 'in_call' });
    expect(state()).toBe('waiting');
  });

  test.each([
    ['room_full', new SignalingError('room_full', '')],
    ['room_not_found', new SignalingError('room_not_found', '')],
    ['refused', new SignalingError('bad_message', '')],
    ['internal', new Error('a bug')],
  ])('%s is said, and the devices are released', async (code, trouble) => {
    signaler.trouble = trouble;
    await host.join?.(room);
    await reach('failed');
    expect(host.snapshot.value.failure?.code).toBe(code);
    await vi.waitFor(() => expect(devices.running).toEqual([]));
  });

  test('an answer does not wait for what the browser asks the user', async () => {
    let allow: () => void = () => undefined;
    devices.answer = new Promise((resolve) => (allow = resolve));
    await joined();
    signaler.room.tell({ type: 'description', description: offer });
    await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(1));
    expect(pc().sending).toEqual([undefined, undefined]);
    allow();
    await vi.waitFor(() => expect(pc().sending).toEqual(['microphone', 'camera (user)']));
  });

  test('an empty offer means not yet; none at all is said after 30 s', async () => {
    await joined();
    signaler.room.tell({ type: 'description', description: { type: 'offer', sdp: '' } });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(state()).toBe('waiting');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(host.snapshot.value.failure?.code).toBe('no_offer');
    expect(signaler.room.left).toBe(true);
  });

  test('an offer that cannot be understood is said', async () => {
    await joined();
    signaler.room.tell({ type: 'description', description: { type: 'offer', sdp: 'nonsense' } });
    await reach('failed');
    expect(host.snapshot.value.failure?.code).toBe('bad_description');
  });

  test('a second offer changes nothing', async () => {
    await connected();
    signaler.room.tell({ type: 'description', description: { type: 'offer', sdp: 'nonsense' } });
    await vi.advanceTimersByTimeAsync(10);
    expect(state()).toBe('connected');
  });
});

test('an answer that is ready after the call was left is nothing to the next one', async () => {
  await joined();
  const old = { room: signaler.room };
  let understand: () => void = () => undefined;
  pc().understood = new Promise((resolve) => (understand = resolve));
  old.room.tell({ type: 'description', description: offer });
  await vi.advanceTimersByTimeAsync(10);
  await host.hangUp?.();
  await joined();
  understand();
  await vi.advanceTimersByTimeAsync(10);
  expect(state()).toBe('waiting');
  expect(old.room.sent).toEqual([]);
});

describe('candidates', () => {
  test('that come before or with the description are kept, in order', async () => {
    await joined();
    let understand: () => void = () => undefined;
    pc().understood = new Promise((resolve) => (understand = resolve));
    const candidate = (c: string) =>
      signaler.room.tell({ type: 'candidate', candidate: { candidate: c } });
    candidate('1');
    signaler.room.tell({ type: 'description', description: offer });
    candidate('2');
    await vi.advanceTimersByTimeAsync(10);
    candidate('3');
    expect(pc().candidates).toEqual([]);
    understand();
    await reach('connecting');
    candidate('4');
    expect(pc().candidates).toEqual(['1', '2', '3', '4']);
  });

  test('of ours wait for our description', async () => {
    await joined();
    pc().find('early');
    signaler.room.tell({ type: 'description', description: offer });
    await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(2));
    pc().find('late');
    expect(signaler.room.sent.slice(1)).toEqual(['early', 'late']);
  });

  test.each([
    ['waits for word of it where each has its price', 'settled', ['yes']],
    ['follows it at once elsewhere', '', ['yes', 'early']],
  ])('of ours: one %s', async (_, priced, sent) => {
    await joined();
    const { room: r } = signaler;
    if (!priced) Object.assign(r, { settled: undefined });
    vi.spyOn(r, 'sendDescription').mockImplementation(() => {
      r.sent.push('yes');
      return new Promise(() => undefined); // the word is on its way
    });
    pc().find('early');
    r.tell({ type: 'description', description: offer });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(r.sent).toEqual(sent);
  });
});

describe('creating', () => {
  test('offers our tracks and waits; an answer connects', async () => {
    await host.createRoom?.();
    await reach('waiting');
    expect(signaler.room.sent).toEqual(['offer with microphone,camera (user)']);
    expect(host.snapshot.value).toMatchObject({ room, invite: `https://h:8443/#room=${room}` });
    signaler.room.tell({ type: 'description', description: { type: 'answer', sdp: 'yes' } });
    await reach('connecting');
    await vi.advanceTimersByTimeAsync(31_000);
    expect(host.snapshot.value.failure?.code).toBe('no_connection');
  });

  test('a caller waits as long as it takes', async () => {
    await host.createRoom?.();
    await reach('waiting');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(state()).toBe('waiting');
  });
});

describe('the end', () => {
  test('hanging up says bye, leaves the room and releases the devices at once', async () => {
    const channel = await connected();
    await host.hangUp?.();
    expect(host.snapshot.value).toMatchObject({ state: 'ended', reason: 'hung_up' });
    expect(channel.sent.at(-1)).toBe('{"type":"bye"}');
    expect(signaler.room.left).toBe(true);
    expect(devices.running).toEqual([]);
    await vi.advanceTimersByTimeAsync(300);
    expect(pc().closed).toBe(true);
  });

  test('closing the page does so too', async () => {
    const channel = await connected();
    dispatchEvent(new Event('pagehide'));
    expect(channel.sent.at(-1)).toBe('{"type":"bye"}');
    expect(signaler.room.left).toBe(true);
    expect(devices.running).toEqual([]);
  });

  test('hanging up while the browser still asks releases what comes', async () => {
    let answer: () => void = () => undefined;
    devices.answer = new Promise((resolve) => (answer = resolve));
    await host.join?.(room);
    await vi.waitFor(() => expect(devices.asked).toHaveLength(1));
    await host.hangUp?.();
    answer();
    await vi.waitFor(() => expect(devices.tracks).toHaveLength(2));
    await vi.advanceTimersByTimeAsync(10);
    expect(devices.running).toEqual([]);
    expect(signaler.rooms.filter((r) => !r.left)).toEqual([]);
    expect(state()).toBe('ended');
  });

  test.each([
    [
      'a bye',
      (c: Awaited<ReturnType<typeof connected>>) => c.onmessage?.({ data: '{"type":"bye"}' }),
    ],
    ['the room', () => signaler.room.tell({ type: 'left' })],
    ['a closed channel', (c: Awaited<ReturnType<typeof connected>>) => c.onclose?.()],
  ])('the other side hanging up is known by %s', async (_, hangUp) => {
    const channel = await connected();
    hangUp(channel);
    await reach('ended');
    expect(host.snapshot.value.reason).toBe('other_hung_up');
    expect(devices.running).toEqual([]);
  });

  test('a connection that breaks may come back; after 30 s it is lost', async () => {
    await connected();
    pc().become('disconnected');
    expect(state()).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(20_000);
    pc().become('connected');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state()).toBe('connected');
    pc().become('disconnected');
    await vi.advanceTimersByTimeAsync(31_000);
    expect(host.snapshot.value).toMatchObject({ state: 'ended', reason: 'other_lost' });
  });

  describe('where the other side answers later offers', () => {
    const able = 'v=0\r\na=x-parley-heard:none\r\nm=audio\r\na=ice-ufrag:one\r\n';
    const answered = async () => {
      await joined();
      signaler.room.tell({ type: 'description', description: { type: 'offer', sdp: able } });
      await vi.waitFor(() => expect(signaler.room.sent).toHaveLength(1));
      pc().become('connected');
      signaler.room.sent.length = 0;
    };

    test('one is made after a second, and after 30 s the user is asked', async () => {
      await answered();
      pc().become('disconnected');
      await vi.advanceTimersByTimeAsync(900);
      expect(pc().restarts).toBe(0);
      await vi.advanceTimersByTimeAsync(200);
      expect([pc().restarts, signaler.room.sent.length]).toEqual([1, 1]);
      await vi.advanceTimersByTimeAsync(28_000);
      expect(host.snapshot.value).toMatchObject({ state: 'reconnecting' });
      expect(host.snapshot.value.asking).toBeUndefined();
      pc().become('failed'); // the browser gives up; the call does not
      await vi.advanceTimersByTimeAsync(60_000);
      expect(host.snapshot.value).toMatchObject({ state: 'reconnecting', asking: true });
      const before = pc().restarts;
      await host.keepTrying?.();
      await vi.advanceTimersByTimeAsync(10);
      expect(host.snapshot.value.asking).toBeUndefined();
      expect(pc().restarts).toBe(before + 1);
      await vi.advanceTimersByTimeAsync(30_000);
      expect(host.snapshot.value.asking).toBe(true);
      pc().become('connected');
      expect(host.snapshot.value).toMatchObject({ state: 'connected' });
      expect(host.snapshot.value.asking).toBeUndefined();
    });

    test('a changed network is acted on at once, in signaling too', async () => {
      await answered();
      dispatchEvent(new Event('online'));
      await vi.advanceTimersByTimeAsync(1);
      expect([pc().restarts, signaler.room.redials]).toEqual([1, 1]);
      expect(state()).toBe('connected');
    });

    test('a change within the same network is none', async () => {
      const connection = Object.assign(new EventTarget(), { type: 'wifi' });
      Object.assign(devices, { connection });
      host = browserHost(signaler);
      await answered();
      const change = async () => {
        connection.dispatchEvent(new Event('change'));
        await vi.advanceTimersByTimeAsync(1);
        return [pc().restarts, signaler.room.redials];
      };
      expect(await change()).toEqual([0, 0]);
      connection.type = 'cellular';
      expect(await change()).toEqual([1, 1]);
      expect(await change()).toEqual([1, 1]);
    });

    test('a room that is gone ends the waiting', async () => {
      await answered();
      pc().become('disconnected');
      await vi.advanceTimersByTimeAsync(31_000);
      signaler.room.tell({ type: 'closed', code: 'room_closed' });
      await reach('ended');
      expect(host.snapshot.value.reason).toBe('other_lost');
    });
  });

  test('silence is noticed before the browser does, and its end', async () => {
    await connected();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state()).toBe('connected'); // a browser that does not count bytes
    const speak = setInterval(() => (pc().bytesReceived = (pc().bytesReceived ?? 0) + 100), 400);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state()).toBe('connected');
    clearInterval(speak);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(state()).toBe('reconnecting');
    pc().bytesReceived = 1;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(state()).toBe('connected');
    await vi.advanceTimersByTimeAsync(40_000);
    expect(host.snapshot.value).toMatchObject({ state: 'ended', reason: 'other_lost' });
  });

  test('who was dropped from the room while media broke is lost at once, unless it was long ago', async () => {
    await connected();
    signaler.room.tell({ type: 'presence', present: false, dropped: true });
    await vi.advanceTimersByTimeAsync(11_000);
    pc().become('disconnected');
    expect(state()).toBe('reconnecting');
    signaler.room.tell({ type: 'presence', present: false, dropped: true });
    await reach('ended');
    expect(host.snapshot.value.reason).toBe('other_lost');
  });

  test('what comes after it is nothing to the next call', async () => {
    await connected();
    const old = { room: signaler.room, pc: pc() };
    await host.hangUp?.();
    await connected();
    old.room.tell({ type: 'left' });
    old.pc.become('failed');
    await vi.advanceTimersByTimeAsync(10);
    expect(state()).toBe('connected');
  });
});

describe('the control channel', () => {
  const rest = '"paused":false,"maxBitrate":0,"sharing":false,"can":["screen"]}';
  const on = `{"type":"state","microphone":true,"camera":true,${rest}`;
  const off = `{"type":"state","microphone":true,"camera":false,${rest}`;

  test('tells the other side what is on: when it opens and at each change', async () => {
    const channel = await connected();
    expect(channel.sent).toEqual([on]);
    await host.setCamera?.(false);
    expect(channel.sent.at(-1)).toBe(off);
    expect(devices.running).toEqual(['microphone']);
    expect(pc().sending).toEqual(['microphone', undefined]);
    await host.setCamera?.(true);
    expect(pc().sending).toEqual(['microphone', 'camera (user)']);
    expect(channel.sent.at(-1)).toBe(on);
  });

  test('the data saver holds our picture down, and asks for less of theirs', async () => {
    await host.setDataSaver?.(true); // before there is anything to hold down
    const channel = await connected();
    expect(host.snapshot.value.dataSaver).toBe(true);
    expect(channel.sent).toEqual([on.replace(':0', ':300000')]);
    expect(pc().most).toBe(300_000);
    await host.setDataSaver?.(false);
    expect(channel.sent.at(-1)).toBe(on);
    expect(pc().most).toBeUndefined();
  });

  test('the other side’s limit is kept', async () => {
    const channel = await connected();
    const asked = (most: unknown) =>
      channel.onmessage?.({ data: JSON.stringify({ type: 'state', maxBitrate: most }) });
    asked(250_000);
    expect(pc().most).toBe(250_000);
    await host.setDataSaver?.(true);
    expect(pc().most).toBe(250_000);
    asked(1);
    expect(pc().most).toBe(100_000);
    for (const no of [2.5, '300000', null]) asked(no);
    expect(pc().most).toBe(100_000);
    asked(-1);
    expect(pc().most).toBe(300_000);
    await host.setDataSaver?.(false);
    expect(pc().most).toBeUndefined();
    expect(host.snapshot.value.dataSaver).toBe(false);
  });

  test('the other side’s picture may be paused', async () => {
    const channel = await connected();
    channel.onmessage?.({ data: '{"type":"state","paused":true}' });
    expect(host.snapshot.value.other).toMatchObject({ cameraOn: true, paused: true });
    channel.onmessage?.({ data: '{"type":"state","camera":true}' });
    expect(host.snapshot.value.other.paused).toBe(true);
    channel.onmessage?.({ data: '{"type":"state","paused":false}' });
    expect(host.snapshot.value.other.paused).toBe(false);
  });

  test('tells us; what is malformed or unknown is ignored', async () => {
    const channel = await connected();
    for (const data of ['{', '[]', '{"type":"dance"}', 'x'.repeat(20_000), 7, null]) {
      channel.onmessage?.({ data });
    }
    expect(state()).toBe('connected');
    channel.onmessage?.({ data: off });
    // Two pages that answered each other's state would never stop.
    expect(channel.sent).toHaveLength(1);
    expect(host.snapshot.value.other.cameraOn).toBe(false);
  });
});

test('a switch of cameras is there during a call, and sends the other one', async () => {
  expect(host.switchCamera).toBeUndefined();
  await connected();
  expect(host.mirrored.value).toBe(true);
  await host.switchCamera?.();
  expect(pc().sending).toEqual(['microphone', 'camera (environment)']);
  expect(host.mirrored.value).toBe(false);
  expect(devices.running).toEqual(['microphone', 'camera (environment)']);
});

test('sound that the browser refuses is there after a tap', async () => {
  await connected();
  play.mockRejectedValueOnce(new DOMException('', 'NotAllowedError'));
  pc().ontrack?.({ track: devices.tracks[0]! });
  await vi.waitFor(() => expect(host.tapToHear).toBeDefined());
  await host.tapToHear?.();
  expect(host.tapToHear).toBeUndefined();
});
