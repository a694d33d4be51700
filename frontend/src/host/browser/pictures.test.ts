// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { Pictures } from './pictures.ts';

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
