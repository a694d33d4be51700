// Every screen with made-up snapshots, to look at: /src/gallery/?screen=waiting.
// For development; no part of it is built.
import '../style/index.css';
import '../style/desktop.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { Home } from '../desktop/home.tsx';
import { Settings, settingsOpen } from '../desktop/settings.tsx';
import type { Host } from '../host/host.ts';
import { desktop, list } from '../model/desktop.ts';
import { loadLanguage } from '../model/language.ts';
import { panels } from '../model/panels.ts';
import { label } from '../model/words.ts';
import { home as phoneHome } from '../phone/home.tsx';
import { BadSettings } from '../phone/settings.tsx';
import { App } from '../ui/app.tsx';
import { Unsupported } from '../ui/unsupported.tsx';
import { person } from './picture.ts';
import type { Stats } from '../model/stats.ts';
import { screens, settings, stats, type Screen } from './screens.ts';

const done = () => Promise.resolve();
const page = () =>
  Promise.resolve({
    path: '/home/ada/.config/parley/config.toml',
    items: settings,
    startAtLogin: true,
  });
const device = (name: string) => ({ id: name, name, default: false });

function galleryHost(screen: Screen): Host {
  const phone = screen.page === 'phone';
  const snapshot = signal(screen.snapshot);
  return {
    snapshot,
    stats: figures,
    mirrored: signal(true),
    attach(track, box, watch) {
      if (!screen.pictures) return () => undefined;
      const portrait = track === 'remote' ? screen.other === 'portrait' : phone;
      const [width, height]: [number, number] = portrait ? [720, 1280] : [1280, 720];
      const canvas = person(width, height, track === 'remote' ? 30 : 190);
      box.append(canvas);
      watch.size(width, height);
      watch.live(true);
      return () => canvas.remove();
    },
    createRoom: done,
    join: done,
    hangUp: done,
    setMicrophone: (on) => {
      snapshot.value = { ...snapshot.value, microphone: { on } };
      return done();
    },
    setCamera: (on) => {
      snapshot.value = { ...snapshot.value, camera: { on } };
      return done();
    },
    setWaitingRoom: (on) => {
      snapshot.value = { ...snapshot.value, waitingRoom: on };
      return done();
    },
    letIn: done,
    knock: (knock) => {
      snapshot.value = { ...snapshot.value, knock };
      return done();
    },
    setDataSaver: (on) => {
      snapshot.value = { ...snapshot.value, dataSaver: on };
      return done();
    },
    copy: done,
    ...(phone
      ? {}
      : {
          preview: done,
          choose: (choice) => {
            snapshot.value = { ...snapshot.value, choice };
            return done();
          },
          settings: { read: page, change: page, startAtLogin: page },
          offer: signal(screen.offer),
          rejoin: done,
          dismissOffer: done,
          devices: () =>
            Promise.resolve({
              cameras: [device('Integrated camera'), device('USB camera')],
              microphones: [device('Built-in microphone')],
              speakers: [device('Headphones')],
            }),
        }),
    ...screen.actions,
  };
}

const figures = signal<Stats | undefined>(undefined);

/** Lets the seconds before pass, one after each drawing, and presses what is to be pressed. */
async function live({ history = [stats], press, snapshot }: Screen): Promise<void> {
  if (press === 'settings') {
    settingsOpen.value = true;
    while (!document.querySelector('.setting')) await new Promise((drawn) => setTimeout(drawn, 5));
    return;
  }
  if (snapshot.state !== 'connected') return;
  for (const second of history) {
    figures.value = second;
    await new Promise((drawn) => setTimeout(drawn, 5));
  }
  if (!press) return;
  const name = press === 'trust' ? panels().trust.title : label[press];
  const wanted = () => [...document.querySelectorAll('button')].find((b) => b.ariaLabel === name);
  // Some of them are fetched when the call begins.
  while (!wanted()) await new Promise((drawn) => setTimeout(drawn, 5));
  wanted()?.click();
}

await loadLanguage(undefined, 60_000); // a slow machine shows no other language
const root = document.getElementById('app');
const name = new URLSearchParams(location.search).get('screen') ?? '';
const screen = screens[name];
if (root && screen) {
  const host = galleryHost(screen);
  render(
    screen.page === 'settings' ? (
      <BadSettings why="apiKey is missing" />
    ) : screen.page === 'unsupported' ? (
      <Unsupported
        title={label.unsupported}
        what={desktop().noDecoders(list(['VP8', 'H.264']))}
        next={desktop().webviewNext}
      />
    ) : (
      <App host={host} home={screen.page === 'phone' ? phoneHome(screen.room ?? '') : Home}>
        <Settings host={host} />
      </App>
    ),
    root,
  );
  void live(screen).then(() => (document.body.dataset['ready'] = ''));
} else if (root) {
  render(
    <ul>
      {Object.keys(screens).map((s) => (
        <li key={s}>
          <a href={`?screen=${s}`}>{s}</a>
        </li>
      ))}
    </ul>,
    root,
  );
}
