// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { Pictures } from './pictures.ts';
import { FakeDevices, FakeStream, FakeTrack, stubBrowser } from './testing.ts';

test('pictures that the system paused go on when the page is seen again', async () => {
  const play = vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, 'paused', 'get').mockReturnValue(true);
  const pictures = new Pictures();
  pictures.show('remote', new MediaStream());
  play.mockClear();
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.waitFor(() => expect(play).toHaveBeenCalledTimes(1));

  // Sound that needs a tap by now is asked for.
  play.mockRejectedValueOnce(new DOMException('', 'NotAllowedError'));
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.waitFor(() => expect(pictures.needsTap.value).toBe(true));
});

test('pictures play inside of the page, ours without its sound', () => {
  const { local, remote } = new Pictures().videos;
  expect([local.playsInline, remote.playsInline]).toEqual([true, true]);
  expect([local.muted, remote.muted]).toEqual([true, false]);
});

test('the small window goes with the picture', () => {
  const exit = vi.fn(() => Promise.resolve());
  const pictures = new Pictures();
  Object.assign(document, { exitPictureInPicture: exit });
  pictures.show('remote', new MediaStream());
  pictures.show('remote', null);
  expect(exit).not.toHaveBeenCalled(); // it is another video's, or none
  Object.assign(document, { pictureInPictureElement: pictures.videos.remote });
  pictures.show('remote', new MediaStream());
  pictures.show('remote', null);
  expect(exit).toHaveBeenCalledTimes(1);
});

test('a small window cannot pause a call', async () => {
  const play = vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, 'paused', 'get').mockReturnValue(true);
  const { remote } = new Pictures().videos;
  remote.dispatchEvent(new Event('pause'));
  expect(play).not.toHaveBeenCalled(); // there is no call
  remote.srcObject = new MediaStream();
  remote.dispatchEvent(new Event('pause'));
  await vi.waitFor(() => expect(play).toHaveBeenCalledTimes(1));
});

test('an element has its player before it has tracks', () => {
  stubBrowser(new FakeDevices());
  const pictures = new Pictures();
  const { remote } = pictures.videos;
  const played = () => (remote.srcObject as MediaStream | null)?.getTracks();
  const theirs = new FakeStream([new FakeTrack('audio', 'sound')]) as unknown as MediaStream;
  pictures.show('remote', theirs);
  theirs.addTrack(new FakeTrack('video', 'picture') as unknown as MediaStreamTrack);
  pictures.show('remote', theirs);
  expect(played()).toEqual([]);
  remote.dispatchEvent(new Event('loadstart'));
  expect(played()).toEqual(theirs.getTracks());

  // Shown once more, behind a door that was shut meanwhile, it begins anew.
  pictures.show('remote', null);
  expect(played()).toBeUndefined();
  pictures.show('remote', theirs);
  expect(played()).toEqual([]);
  remote.dispatchEvent(new Event('loadstart'));
  expect(played()).toHaveLength(2);
});

test('an element follows tracks that come and go later', () => {
  stubBrowser(new FakeDevices());
  const pictures = new Pictures();
  const { remote } = pictures.videos;
  const played = () => (remote.srcObject as MediaStream).getTracks();
  const sound = new FakeTrack('audio', 'sound') as unknown as MediaStreamTrack;
  const picture = new FakeTrack('video', 'picture') as unknown as MediaStreamTrack;
  const theirs = new FakeStream() as unknown as MediaStream;
  theirs.addTrack(sound);
  pictures.show('remote', theirs);
  remote.dispatchEvent(new Event('loadstart'));
  const { srcObject } = remote;

  theirs.addTrack(picture);
  pictures.show('remote', theirs);
  expect(played()).toEqual([sound, picture]);
  for (const gone of [sound, picture]) theirs.removeTrack(gone);
  pictures.show('remote', theirs);
  expect(played()).toEqual([]);
  theirs.addTrack(picture);
  pictures.show('remote', theirs);
  expect(played()).toEqual([picture]);
  expect(remote.srcObject).toBe(srcObject); // or the element would begin anew
});
