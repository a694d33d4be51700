import { describe, expect, test, vi } from 'vitest';
import { server, Timestamp } from './firestorestandin.ts';
import {
  answer,
  call,
  candidate,
  document,
  guest,
  heard,
  inTestTime,
  invite,
  minutes,
  offer,
  settled,
  user,
} from './firestoretesting.ts';

vi.mock('firebase/app', async () => (await import('./firestorestandin.ts')).app);
vi.mock('firebase/app-check', async () => (await import('./firestorestandin.ts')).appCheck);
vi.mock('firebase/auth', async () => (await import('./firestorestandin.ts')).auth);
vi.mock('firebase/firestore', async () => (await import('./firestorestandin.ts')).firestore);

inTestTime();

describe('a call', () => {
  test('has the schema’s documents, and each side hears the other in order', async () => {
    const caller = await user().create();
    expect(caller.invite).toEqual({
      room: expect.stringMatching(/^[0-9a-hjkmnp-tv-z]{12}$/) as string,
      server: 'https://demo.web.app',
      fingerprint: '',
    });
    expect(server.documents.size).toBe(0);
    await caller.sendDescription(offer);
    await caller.sendCandidate(candidate('of the caller'));
    const path = `rooms/${caller.invite.room}`;
    expect(document(path)).toEqual({
      offer,
      createdAt: new Timestamp(Date.now()),
      expireAt: new Timestamp(Date.now() + 3_600_000),
      callerUid: 'user1',
    });
    const callee = await user().join(invite(caller.invite.room));
    expect(document(path)['calleeUid']).toBe('user2');
    const [first, second] = [heard(caller), heard(callee)];
    await settled();
    expect(first).toEqual([{ type: 'presence', present: true }]);
    await callee.sendDescription(answer);
    await callee.sendCandidate(candidate('of the callee'));
    await settled();
    expect(first).toEqual([
      { type: 'presence', present: true },
      { type: 'description', description: answer },
      { type: 'candidate', candidate: candidate('of the callee') },
    ]);
    expect(second).toEqual([
      { type: 'presence', present: true },
      { type: 'description', description: offer },
      { type: 'candidate', candidate: candidate('of the caller') },
    ]);
    const [written] = server.inside(`${path}/calleeCandidates`);
    expect(document(written ?? '')).toEqual({
      ...candidate('of the callee'),
      uid: 'user2',
      expireAt: document(path)['expireAt'],
    });
  });

  test('candidates follow the description, in one commit, without active TCP', async () => {
    const caller = await user().create();
    const sent = ['udp 1', 'tcp 9 typ host tcptype active', 'udp 2'].map((c) =>
      caller.sendCandidate(candidate(c)),
    );
    await settled();
    expect(server.count.commits).toBe(0);
    await caller.sendDescription(offer);
    await Promise.all(sent);
    expect(server.count).toEqual({ commits: 2, writes: 2, deletes: 0 });
  });

  test('candidates are written no more once the two are connected, until a later description', async () => {
    const { caller, path } = await call();
    const before = caller.sendCandidate(candidate('waits'));
    caller.settled?.();
    await before;
    await caller.sendCandidate(candidate('not needed'));
    await settled();
    expect(server.inside(`${path}/callerCandidates`)).toEqual([]);
    await caller.sendDescription({ type: 'offer', sdp: 'restart' });
    await caller.sendCandidate(candidate('of the new way'));
    await settled();
    expect(server.inside(`${path}/callerCandidates`)).toHaveLength(1);
  });

  test('what is delivered twice is told once', async () => {
    const { caller, callee, path } = await call();
    await callee.sendCandidate(candidate('1'));
    const events = heard(caller);
    const before = [...events];
    server.repeat(`${path}/calleeCandidates`);
    server.repeat(path);
    expect(before).toHaveLength(3);
    expect(events).toEqual(before);
  });

  test('later descriptions are updates with rising numbers; the newest counts', async () => {
    const { caller, callee, path } = await call();
    const events = heard(callee);
    await caller.sendDescription({ type: 'offer', sdp: 'restart' });
    await caller.sendDescription({ type: 'offer', sdp: 'restart again' });
    await settled();
    expect(document(path)['callerUpdate']).toEqual({ n: 2, type: 'offer', sdp: 'restart again' });
    expect(document(path)['offer']).toEqual(offer);
    expect(events.at(-1)).toMatchObject({ description: { sdp: 'restart again' } });
    const before = events.length;
    server.commit([{ op: 'update', path, data: { callerUpdate: { n: 1, ...offer } } }]);
    expect(events).toHaveLength(before);
  });

  test('before the answer a second description is refused, and one of the other kind', async () => {
    const caller = await user().create();
    await expect(caller.sendDescription(answer)).rejects.toMatchObject({ code: 'refused' });
    await caller.sendDescription(offer);
    await expect(caller.sendDescription(offer)).rejects.toMatchObject({ code: 'refused' });
    const large = { type: 'offer', sdp: 'ä'.repeat(40_000) } as const;
    await expect(caller.sendDescription(large)).rejects.toMatchObject({ code: 'too_large' });
  });

  test('whoever hangs up deletes all of it, and the other hears that it left', async () => {
    const { caller, callee } = await call();
    await caller.sendCandidate(candidate('1'));
    await callee.sendCandidate(candidate('2'));
    const events = heard(caller);
    await callee.leave();
    await callee.leave();
    await settled(); // the caller asks whether the room is gone
    expect([...server.documents.keys()]).toEqual([]);
    expect(server.queries).toBe(0); // it has heard of all of them
    expect(events.at(-1)).toEqual({ type: 'left' });
    const { deletes } = server.count;
    await caller.leave();
    expect(server.count.deletes).toBe(deletes);
    await expect(caller.sendCandidate(candidate('3'))).rejects.toMatchObject({
      code: 'room_closed',
    });
  });

  test('the caller’s candidates go too when the callee leaves before it has read them', async () => {
    server.documents.set('rooms/r', { offer });
    server.documents.set('rooms/r/callerCandidates/1', { candidate: 'unread' });
    server.rules = (op) => {
      if (op === 'update') server.online = false;
      return undefined;
    };
    const callee = await guest().join(invite('r'));
    const left = callee.leave();
    server.comesBack();
    await left;
    expect(server.documents.size).toBe(0);
  });

  test('a candidate that came too late for the other side’s hang-up is swept', async () => {
    const { callee, id, path } = await call();
    await callee.sendCandidate(candidate('late'));
    server.documents.delete(path);
    server.repeat(path);
    await settled();
    expect([...server.documents.keys()].filter((p) => p.includes(id))).toEqual([]);
  });

  test.each([
    ['all', ['missed']],
    ['some', ['missed', 'heard']],
  ])('whoever hangs up deletes also what its listener missed: %s', async (_, sent) => {
    const { caller, callee } = await call();
    caller.settled?.(); // nobody looks again
    for (const text of sent) {
      server.misses = text === 'missed';
      await callee.sendCandidate(candidate(text));
    }
    await settled();
    await caller.leave();
    expect([...server.documents.keys()]).toEqual([]);
  });

  test('a candidate is deleted whose writing was under way when the other side hung up', async () => {
    const { callee, path } = await call();
    server.mute = true;
    const sent = expect(callee.sendCandidate(candidate('late'))).rejects.toThrow();
    await settled();
    expect(server.inside(`${path}/calleeCandidates`)).toHaveLength(1);
    server.mute = false;
    server.documents.delete(path);
    server.repeat(path);
    await settled();
    expect([...server.documents.keys()]).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    await sent;
  });

  test('two who hang up at once delete each document once', async () => {
    const { caller, callee } = await call();
    await caller.sendCandidate(candidate('1'));
    await callee.sendCandidate(candidate('2'));
    await vi.advanceTimersByTimeAsync(5_000); // the other side has heard of them
    await Promise.all([caller.leave(), callee.leave()]);
    expect(server.documents.size).toBe(0);
    expect(server.count.deletes).toBe(3);
  });

  test('of two who hang up at once, the second deletes what the first had not heard of', async () => {
    const { callee, path } = await call();
    await callee.sendCandidate(candidate('unheard'));
    server.documents.delete(path);
    await callee.leave();
    expect([...server.documents.keys()]).toEqual([]);
  });

  test('a room that was never written is left without a word', async () => {
    await (await user().create()).leave();
    expect(server.count.commits).toBe(0);
  });
});

describe('joining', () => {
  test.each([
    ['nobody’s room', {}, 'room_not_found'],
    ['a room that somebody joined', { offer, callerUid: 'a', calleeUid: 'b' }, 'room_full'],
    ['an old client’s room that was answered', { offer, answer }, 'room_full'],
    ['our own room', { offer, callerUid: 'user1' }, 'own_room'],
  ])('%s', async (what, room, code) => {
    if (what !== 'nobody’s room') server.documents.set('rooms/r', room);
    await expect(user().join(invite('r'))).rejects.toMatchObject({ code });
    expect(server.count.commits).toBe(0);
  });

  test('a room that is deleted once it was read', async () => {
    for (const signaler of [user(), guest()]) {
      server.documents.set('rooms/r', { offer, callerUid: 'somebody' });
      server.beside = () => server.documents.delete('rooms/r');
      await expect(signaler.join(invite('r'))).rejects.toMatchObject({ code: 'room_not_found' });
    }
    // The rules may come first, and deny what is not there.
    server.documents.set('rooms/r', { offer, callerUid: 'somebody' });
    server.rules = (op) => {
      if (op !== 'update') return undefined;
      server.documents.delete('rooms/r');
      return 'permission-denied';
    };
    await expect(user().join(invite('r'))).rejects.toMatchObject({ code: 'room_not_found' });
  });

  test('the rules hide a room that is taken', async () => {
    server.rules = (op) => (op === 'get' ? 'permission-denied' : undefined);
    await expect(user().join(invite('r'))).rejects.toMatchObject({ code: 'room_full' });
    // Open rules hide only what has expired.
    await expect(guest().join(invite('r'))).rejects.toMatchObject({ code: 'room_expired' });
    server.rules = (op) => (op === 'get' ? 'aborted' : undefined);
    await expect(guest().join(invite('r'))).rejects.toMatchObject({ code: 'room_full' });
  });

  test('the rules let nobody in, though the seat is free', async () => {
    server.rules = (op) => (op === 'update' ? 'permission-denied' : undefined);
    for (const signaler of [user(), guest()]) {
      server.documents.set('rooms/r', { offer, callerUid: 'somebody' });
      await expect(signaler.join(invite('r'))).rejects.toMatchObject({ code: 'refused' });
    }
    // Somebody else was first, between our reading and our claim.
    server.rules = (op, path, data) => {
      if (op === 'update') server.documents.set(path, { ...data, calleeUid: 'somebody else' });
      return op === 'update' ? 'permission-denied' : undefined;
    };
    await expect(user().join(invite('r'))).rejects.toMatchObject({ code: 'room_full' });
  });

  test('a service that is slow is waited for, as somebody waits there', async () => {
    server.documents.set('rooms/r', { offer });
    server.online = false;
    const joining = guest().join(invite('r'));
    await vi.advanceTimersByTimeAsync(15_000);
    server.comesBack();
    await joining;
  });

  test('a claim that comes too late is given back', async () => {
    server.documents.set('rooms/r', { offer });
    const signaler = guest();
    server.online = false;
    const joining = signaler.join(invite('r'));
    const late = expect(joining).rejects.toMatchObject({ code: 'unreachable' });
    await vi.advanceTimersByTimeAsync(20_000);
    await late;
    server.comesBack();
    await settled();
    expect(server.documents.size).toBe(0);
  });
});

describe('a client of the plain schema', () => {
  test('as caller: its offer may come late, after its candidates', async () => {
    server.documents.set('rooms/AbCdEfGhIjKlMnOpQrSt', { offer: null });
    server.documents.set('rooms/AbCdEfGhIjKlMnOpQrSt/callerCandidates/1', { candidate: 'early' });
    const callee = await guest().join(invite('AbCdEfGhIjKlMnOpQrSt'));
    const events = heard(callee);
    await settled();
    const path = 'rooms/AbCdEfGhIjKlMnOpQrSt';
    server.commit([{ op: 'update', path, data: { offer: { type: 'offer', sdp: '' } } }]);
    server.commit([{ op: 'update', path, data: { offer } }]);
    expect(events).toEqual([
      { type: 'presence', present: true },
      { type: 'candidate', candidate: { candidate: 'early', sdpMid: null, sdpMLineIndex: null } },
      { type: 'description', description: offer },
    ]);
    // It drops candidates that come before the answer.
    const early = callee.sendCandidate(candidate('mine'));
    await settled();
    expect(server.inside(`${path}/calleeCandidates`)).toEqual([]);
    await callee.sendDescription(answer);
    await early;
    const [written] = server.inside(`${path}/calleeCandidates`);
    expect(document(written ?? '')).not.toHaveProperty('expireAt');
  });

  test('as callee: it answers without claiming its seat', async () => {
    const caller = await guest().create();
    await caller.sendDescription(offer);
    const events = heard(caller);
    const path = `rooms/${caller.invite.room}`;
    server.commit([
      { op: 'update', path, data: { answer } },
      { op: 'set', path: `${path}/calleeCandidates/x`, data: { ...candidate('its') } },
      { op: 'set', path: `${path}/calleeCandidates/y`, data: { nonsense: 1 } },
    ]);
    await settled();
    expect(events).toEqual([
      { type: 'presence', present: true },
      { type: 'description', description: answer },
      { type: 'candidate', candidate: candidate('its') },
    ]);
    await caller.leave();
    expect(server.documents.size).toBe(0);
  });
});

describe('trouble', () => {
  test('nothing waits without end for a network that is gone', async () => {
    const { caller } = await call();
    server.online = false;
    const sent = Promise.allSettled([
      caller.sendDescription(offer),
      caller.sendCandidate(candidate('x')),
      user().create(),
    ]);
    const joined = Promise.allSettled([guest().join(invite('r'))]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await sent).toMatchObject(
      Array(3).fill({ status: 'rejected', reason: { code: 'unreachable' } }),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await joined).toMatchObject([{ status: 'rejected', reason: { code: 'unreachable' } }]);
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const left = caller.leave();
    await vi.advanceTimersByTimeAsync(2_000);
    await left;
    expect(warn).toHaveBeenCalled();
    server.comesBack();
    await settled();
    expect(server.documents.size).toBe(0);
  });

  test.each([
    ['resource-exhausted', 'too_many'],
    ['unavailable', 'unreachable'],
    ['permission-denied', 'refused'],
    ['unauthenticated', 'refused'],
    ['invalid-argument', 'refused'],
  ])('Firestore’s %s is %s', async (theirs, ours) => {
    const { caller } = await call();
    server.rules = () => theirs;
    await expect(caller.sendDescription(offer)).rejects.toMatchObject({ code: ours });
  });

  test('a listener’s word alone ends no room that is being set up', async () => {
    const { caller, path } = await call();
    const events = heard(caller);
    const before = [...events];
    server.hides = true;
    server.repeat(path);
    await settled();
    expect(events).toEqual(before);
    caller.settled?.();
    server.repeat(path);
    expect(events.at(-1)).toEqual({ type: 'left' });
  });

  test('nor does a service that does not answer', async () => {
    const { caller, path } = await call();
    const events = heard(caller);
    const before = [...events];
    server.rules = (op) => (op === 'get' ? 'unavailable' : undefined);
    server.hides = true;
    server.repeat(path);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(events).toEqual(before);
    server.rules = () => undefined;
    server.documents.delete(path);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(events.slice(before.length)).toEqual([{ type: 'left' }]);
  });

  test('who is refused a look at a room hears that it has expired', async () => {
    const { caller, path } = await call();
    const events = heard(caller);
    server.rules = (op) => (op === 'get' ? 'permission-denied' : undefined);
    server.hides = true;
    server.repeat(path);
    await settled();
    expect(events.at(-1)).toEqual({ type: 'closed', code: 'room_expired' });
  });

  test('an old callee’s answer that the listener missed is found', async () => {
    const caller = await guest().create();
    await caller.sendDescription(offer);
    await settled();
    const events = heard(caller);
    const path = `rooms/${caller.invite.room}`;
    server.misses = true;
    server.commit([
      { op: 'set', path: `${path}/calleeCandidates/x`, data: candidate('its') },
      { op: 'update', path, data: { answer } },
    ]);
    server.misses = false;
    await vi.advanceTimersByTimeAsync(2_999);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual([
      { type: 'presence', present: true },
      { type: 'description', description: answer },
      { type: 'candidate', candidate: candidate('its') },
    ]);
  });

  test('what the listeners miss as they begin is found, until the two are connected', async () => {
    server.documents.set('rooms/r', {});
    const callee = await guest().join(invite('r'));
    const events = heard(callee);
    await settled();
    const missed = (sent: Parameters<typeof server.commit>[0]): void => {
      server.misses = true;
      server.commit(sent);
      server.misses = false;
    };
    missed([
      { op: 'update', path: 'rooms/r', data: { offer } },
      { op: 'set', path: 'rooms/r/callerCandidates/1', data: candidate('missed') },
    ]);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(events).toEqual([{ type: 'presence', present: true }]);
    await vi.advanceTimersByTimeAsync(1);
    const found = [
      { type: 'presence', present: true },
      { type: 'description', description: offer },
      { type: 'candidate', candidate: candidate('missed') },
    ];
    expect(events).toEqual(found);
    await vi.advanceTimersByTimeAsync(6_000); // again, and nothing is told twice
    expect(events).toEqual(found);
    callee.settled?.();
    const watches = server.watching;
    missed([{ op: 'set', path: 'rooms/r/callerCandidates/2', data: candidate('of no use') }]);
    await minutes(1);
    expect(events).toEqual(found);
    await callee.leave();
    expect([watches, server.watching]).toEqual([2, 0]);
  });

  test('an empty cache says nothing of the room', async () => {
    const caller = await user().create();
    const events = heard(caller);
    server.rules = (op) => {
      if (op === 'set') server.online = false; // the network goes with the room's making
      return undefined;
    };
    await caller.sendDescription(offer);
    await settled();
    expect(events).toEqual([]);
    server.comesBack();
    await settled();
    expect(events).toEqual([]);
  });
});
