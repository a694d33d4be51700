import { expect, test, vi } from 'vitest';
import { openFirestore } from './firestore.ts';
import { server } from './firestorestandin.ts';
import { inTestTime, offer } from './firestoretesting.ts';

vi.mock('firebase/app', async () => (await import('./firestorestandin.ts')).app);
vi.mock('firebase/app-check', async () => (await import('./firestorestandin.ts')).appCheck);
vi.mock('firebase/auth', async () => (await import('./firestorestandin.ts')).auth);
vi.mock('firebase/firestore', async () => (await import('./firestorestandin.ts')).firestore);

inTestTime();

const settings = { projectId: 'demo', apiKey: 'k', auth: 'anonymous' } as const;
const checked = () => openFirestore({ ...settings, appCheckKey: 'site-key' });

test('it comes before Auth, which asks about a kept user as soon as it is made', async () => {
  await (await checked()).create();
  expect(server.made).toEqual(['app check site-key', 'auth']);
});

test('without a key there is none', async () => {
  await (await openFirestore(settings)).create();
  expect(server.made).toEqual(['auth']);
});

test('without a token the services decide', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  server.token = () => Promise.reject(new Error('recaptcha-error'));
  const room = await (await checked()).create();
  await room.sendDescription(offer);
  expect(server.documents.size).toBe(1);
  expect(warn).toHaveBeenCalledOnce();
});

test('a reCAPTCHA that is blocked is named', async () => {
  server.token = () => new Promise(() => undefined);
  const made = expect((await checked()).create()).rejects.toMatchObject({
    code: 'unreachable',
    message: 'check the app: no answer in 10 s',
  });
  await vi.advanceTimersByTimeAsync(10_000);
  await made;
});
