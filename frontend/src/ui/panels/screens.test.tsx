// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Actions, ScreenInfo } from '../../host/host.ts';
import { panels } from '../../model/panels.ts';
import { idle, type Sharing, type Snapshot } from '../../model/snapshot.ts';
import { label } from '../../model/words.ts';
import { Screens, ShareScreen } from './screens.tsx';

let root: HTMLElement;
const say = panels().screens;
const shareScreen = vi.fn(() => Promise.resolve());
const screens = vi.fn<NonNullable<Actions['screens']>>();

beforeEach(() => {
  root = document.createElement('div');
  document.body.append(root);
  shareScreen.mockClear();
  screens.mockReset();
  HTMLDialogElement.prototype.showModal = vi.fn();
});
afterEach(() => {
  vi.useRealTimers();
  render(null, root);
  root.remove();
});

const show = (sharing: Sharing, actions: Actions, seen = true) =>
  act(() => render(<ShareScreen sharing={sharing} seen={seen} actions={actions} />, root));
const named = (name: string) =>
  [...root.querySelectorAll('button')].find(
    (b) => (b.getAttribute('aria-label') ?? b.textContent) === name,
  );
const press = (name: string) => act(() => named(name)?.click());

test('where the browser asks, the button shares, and then ends it', async () => {
  await show({ on: false }, { shareScreen });
  await press(say.share);
  expect(shareScreen).toHaveBeenLastCalledWith('any');
  await show({ on: true, name: 'a screen' }, { shareScreen });
  await press(say.stop);
  expect(shareScreen).toHaveBeenLastCalledWith('');
  await show({ on: true, problem: 'screen_gone' }, { shareScreen });
  expect(named(say.share)).toBeDefined(); // to share once more
});

test('what nobody would see cannot be shared, and is ended all the same', async () => {
  await show({ on: false }, { shareScreen }, false);
  expect(named(say.share)?.hasAttribute('disabled')).toBe(true);
  await show({ on: true, name: 'a screen' }, { shareScreen }, false);
  await press(say.stop);
  expect(shareScreen).toHaveBeenLastCalledWith('');
});

test('the window offers what there is, by name and size', async () => {
  screens.mockResolvedValue({
    screens: [
      { id: 'screen:a', name: 'eDP-1', window: false, width: 1920, height: 1080 },
      { id: 'screen:b', name: 'HDMI-1', window: false, width: 800, height: 600 },
      { id: 'window:7', name: 'A letter', window: true, width: 640, height: 480 },
    ],
  });
  await show({ on: false }, { shareScreen, screens });
  await press(say.share);
  await act(async () => {
    await screens.mock.results[0]?.value;
  });
  const offered = [...root.querySelectorAll('.screens button')].map((b) => b.textContent);
  expect(offered).toEqual(['Screen 11920 × 1080', 'Screen 2800 × 600', 'A letter640 × 480']);
  await act(() => root.querySelectorAll<HTMLElement>('.screens button')[2]?.click());
  expect(shareScreen).toHaveBeenLastCalledWith('window:7');
  expect(root.querySelector('dialog')).toBeNull();
});

test('what opens and closes meanwhile is noticed, and nothing moves', async () => {
  vi.useFakeTimers();
  const pass = (ms: number) =>
    act(async () => {
      await vi.advanceTimersByTimeAsync(ms);
    });
  const [screen, letter, mail] = [
    { id: 'screen:a', name: 'eDP-1', window: false, width: 1920, height: 1080 },
    { id: 'window:7', name: 'A letter', window: true, width: 640, height: 480 },
    { id: 'window:8', name: 'Mail', window: true, width: 800, height: 600 },
  ];
  const later = (...now: ScreenInfo[]) => {
    screens.mockResolvedValue({ screens: now });
    return pass(1_000);
  };
  const offered = () =>
    [...root.querySelectorAll<HTMLButtonElement>('.screens button')].map(
      (b) => `${b.querySelector('.screens__name')?.textContent}${b.disabled ? ' (closed)' : ''}`,
    );
  screens.mockResolvedValue({ screens: [screen, letter] });
  await show({ on: false }, { shareScreen, screens });
  await press(say.share);
  await pass(0);
  await later(screen, letter, mail);
  expect(offered()).toEqual(['Screen 1', 'A letter', 'Mail']);
  await later(screen, mail);
  expect(offered()).toEqual(['Screen 1', 'A letter (closed)', 'Mail']);
  await later(mail, { ...letter, name: 'A long letter' }, screen);
  expect(offered()).toEqual(['Screen 1', 'A long letter', 'Mail']);
  await later(screen);
  expect(offered()).toEqual(['Screen 1']);
  screens.mockRejectedValue(new Error('the display does not answer'));
  await pass(1_000);
  expect(offered()).toEqual(['Screen 1']);

  const answers: (() => void)[] = [];
  screens.mockReset();
  screens.mockImplementation(
    () => new Promise((then) => answers.push(() => then({ screens: [screen, mail] }))),
  );
  await pass(5_000);
  expect(answers, 'one question at a time').toHaveLength(1);
  await press(label.close);
  await act(() => answers[0]?.());
  await pass(5_000);
  expect(screens).toHaveBeenCalledTimes(1);
  expect(root.querySelector('dialog')).toBeNull();
});

test('where the desktop asks, the button leads to its dialog, and says so', async () => {
  screens.mockResolvedValue({ screens: [], asks: 'asked' });
  await show({ on: false }, { shareScreen, screens });
  await press(say.share);
  await act(async () => {
    await screens.mock.results.at(-1)?.value;
  });
  expect(shareScreen).toHaveBeenLastCalledWith('asked');
  expect(root.querySelector('dialog')).toBeNull();
  const looks = { snapshot: { ...idle, sharing: { on: true, asking: true } }, attach: vi.fn() };
  await act(() => render(<Screens {...looks} actions={{ shareScreen }} />, root));
  expect(root.textContent).toContain(say.asking);
  expect(root.textContent).not.toContain(say.ours);
  await press(say.stopShort);
  expect(shareScreen).toHaveBeenLastCalledWith('');
});

test('where nothing can be shared it says why', async () => {
  screens.mockResolvedValue({ screens: [], problem: 'no_screens' });
  await show({ on: false }, { shareScreen, screens });
  await press(say.share);
  await act(async () => {
    await screens.mock.results.at(-1)?.value;
  });
  expect(root.textContent).toContain(say.problem.no_screens);
  expect(shareScreen).not.toHaveBeenCalled();
});

test('theirs is a tile; ours is told of, and can be ended', async () => {
  const attach = vi.fn(() => () => undefined);
  const look = (s: Partial<Snapshot>) =>
    act(() =>
      render(
        <Screens snapshot={{ ...idle, ...s }} actions={{ shareScreen }} attach={attach} />,
        root,
      ),
    );
  await look({ other: { ...idle.other, sharing: true } });
  expect(root.querySelector('[role="group"]')?.getAttribute('aria-label')).toBe(say.theirs);
  expect(attach).toHaveBeenCalledWith('screen', expect.anything(), expect.anything());
  expect(root.querySelector('.sharing')).toBeNull();
  await look({ sharing: { on: true, name: 'a screen' } });
  expect(root.querySelector('[role="group"]')).toBeNull();
  expect(root.querySelector('[role="status"]')?.textContent).toContain(say.ours);
  await press(say.stopShort);
  expect(shareScreen).toHaveBeenLastCalledWith('');
  await look({ sharing: { on: true, problem: 'screen_gone' } });
  expect(root.textContent).toContain(say.problem.screen_gone);
});
