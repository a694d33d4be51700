// Every screen with made-up snapshots, to look at: /src/gallery/?screen=waiting.
// Tests change screens by window.gallery, without a new page; ?still=1 stops what
// moves by itself. For development; no part of it is built.
import '../style/index.css';
import '../style/desktop.css';
import windowAlone from '../style/window.css?inline';
import { computed, signal, type Signal } from '@preact/signals';
import { render, type ComponentChild } from 'preact';
import { act } from 'preact/test-utils';
import { Home } from '../desktop/home.tsx';
import { Keyboard } from '../desktop/keyboard.tsx';
import { keys } from '../desktop/keys.ts';
import { Leave } from '../desktop/leave.tsx';
import { Settings, settingsOpen } from '../desktop/settings.tsx';
import type { DeviceCheck, Host, Settings as HostSettings } from '../host/host.ts';
import { loadLanguage } from '../model/language.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { home as phoneHome } from '../phone/home.tsx';
import { App } from '../ui/app.tsx';
import { fetchParts } from '../ui/later.tsx';
import { Notice } from '../ui/notice.tsx';
import { Unsupported } from '../ui/unsupported.tsx';
import type { Hook } from './hook.ts';
import { person, text } from './picture.ts';
import type { Stats } from '../model/stats.ts';
import { setup, stats } from './madeup.ts';
import { screens, type Screen } from './screens.ts';
import { still } from './still.ts';

const done = () => Promise.resolve();
/** Of a screen that has settings of its own, each change is refused. */
function settingsOf({ settings: own }: Screen): HostSettings {
  const read = () => Promise.resolve(own ?? setup);
  const refused = () =>
    Promise.reject(new Error('firebase.project: "demo parley" is no project ID (line 5)'));
  const change = own ? refused : read;
  return { read, change, startAtLogin: change };
}
const device = (name: string) => ({ id: name, name, default: false });

function deviceCheck(snapshot: Signal<Snapshot>, phone: boolean): DeviceCheck {
  const mirrored = signal(true);
  return {
    devices: signal({
      cameras: [
        device(phone ? 'Front camera' : 'Integrated camera'),
        { ...device('USB camera'), absent: true },
      ],
      microphones: [device('Built-in microphone')],
      speakers: [device('Headphones')],
    }),
    choice: computed(() => snapshot.value.choice),
    level: signal(-24),
    mirrored,
    preview(box, live) {
      const canvas = person(1280, 720, 190);
      box.append(canvas);
      live(true);
      return () => canvas.remove();
    },
    choose: (choice) => {
      snapshot.value = { ...snapshot.value, choice };
      return done();
    },
    orNone: !phone,
    setMirrored: (on) => {
      mirrored.value = on;
      return done();
    },
    chime: done,
    close: () => undefined,
  };
}

function galleryHost(screen: Screen): Host {
  const phone = screen.page === 'phone';
  const snapshot = signal(screen.snapshot);
  shown = snapshot;
  const { actions, pictures, other } = screen;
  return {
    snapshot,
    stats: figures,
    mirrored: signal(!screen.snapshot.unmirrored),
    leaving: signal(screen.leaving ?? false),
    newer: signal(screen.newer),
    attach(track, box, watch) {
      if (!pictures || (track === 'screen' && pictures === 'people')) return () => undefined;
      const portrait = track === 'remote' ? other === 'portrait' : phone;
      const [width, height]: [number, number] = portrait ? [720, 1280] : [1280, 720];
      const canvas =
        track === 'screen' ? text(1440, 900) : person(width, height, track === 'remote' ? 30 : 190);
      const show = () => {
        box.append(canvas);
        watch.size(width, height);
        watch.live(true);
      };
      if (arriving) arriving.push(show);
      else show();
      return () => canvas.remove();
    },
    createRoom: done,
    join: done,
    hangUp: done,
    quit: done,
    stay: done,
    keepTrying: done,
    setVerified: done,
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
          shortcuts: keys,
          settings: settingsOf(screen),
          offer: signal(screen.offer),
          rejoin: done,
          dismissOffer: done,
          invited: signal(screen.invited),
          accept: done,
          decline: done,
          openDownload: done,
        }),
    checkDevices: () => Promise.resolve(deviceCheck(snapshot, phone)),
    ...actions,
  };
}

const figures = signal<Stats | undefined>(undefined);
/** Pictures that are yet to come, where they are kept back. */
let arriving: (() => void)[] | undefined;
/** Of the screen that is shown. */
let shown: Signal<Snapshot> | undefined;

function drawing(name: string, screen: Screen): ComponentChild {
  if (screen.plain) return <Unsupported {...screen.plain()} />;
  if (screen.sentences) return <Sentences of={screen.sentences()} />;
  const host = galleryHost(screen);
  return screen.page === 'phone' ? (
    <App key={name} host={host} home={phoneHome(screen.room ?? '')} />
  ) : (
    <App key={name} host={host} home={Home}>
      <Leave host={host} />
      <Keyboard host={host} />
      <Settings host={host} />
    </App>
  );
}

function Sentences({ of }: { of: ReturnType<NonNullable<Screen['sentences']>> }) {
  return (
    <main style={{ display: 'grid', gap: '12px', maxWidth: '480px', margin: '16px auto' }}>
      <h1>{label.app}</h1>
      {(['info', 'alert'] as const).map((kind) =>
        of[kind].map((sentence) => (
          <Notice key={sentence.what} kind={kind} sentence={sentence} dismiss={() => undefined} />
        )),
      )}
    </main>
  );
}

/** Lets what waits for its turn have it, and draws what came of it. */
const turn = () => act(() => new Promise<void>((then) => setTimeout(then)));

/** Waits until the page has not changed for three turns. */
async function settled(): Promise<void> {
  let calm = 0;
  const observer = new MutationObserver(() => (calm = 0));
  observer.observe(document, { subtree: true, childList: true, attributes: true });
  while (calm < 3) {
    calm++;
    await turn();
  }
  observer.disconnect();
}

const named = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('button, summary')].find(
    (b) => b.ariaLabel === name || b.innerText === name,
  );

/** Waits for what may be fetched yet. */
async function found(name: string): Promise<HTMLElement> {
  const give = performance.now() + 10_000;
  for (let button = named(name); performance.now() < give; button = named(name)) {
    if (button) return button;
    await turn();
  }
  throw new Error(`nothing is called ${name}`);
}

/** Lets the seconds before pass, and presses what is to be pressed. */
async function live({ history = [stats], press, snapshot, quiet }: Screen): Promise<void> {
  if (snapshot.state === 'connected') {
    for (const second of history) await act(() => void (figures.value = second));
  }
  for (const step of press?.() ?? []) {
    const key = step === '?' && new KeyboardEvent('keydown', { key: step, bubbles: true });
    if (key) document.body.dispatchEvent(key);
    else if (typeof step === 'string') (await found(step)).click();
    else {
      await settled();
      await step();
    }
    await settled();
  }
  if (quiet) document.querySelector('.room')?.toggleAttribute('data-quiet', true);
}

const root = document.getElementById('app');
const ofWindow = document.createElement('style');
ofWindow.textContent = windowAlone;
document.head.append(ofWindow);

async function show(name: string): Promise<void> {
  const screen = screens[name];
  if (!root || !screen) throw new Error(`no screen ${name}`);
  delete document.body.dataset['ready'];
  figures.value = undefined;
  settingsOpen.value = false;
  ofWindow.disabled = screen.page === 'phone';
  render(null, root);
  await act(() => render(drawing(name, screen), root));
  await live(screen);
  await settled();
  (document.activeElement as HTMLElement | null)?.blur();
  document.body.dataset['ready'] = '';
}

const gallery: Hook = {
  names: Object.keys(screens),
  show,
  async begin(name) {
    arriving = [];
    await show(name);
  },
  async arrive() {
    const come = arriving ?? [];
    arriving = undefined;
    await act(() => come.forEach((picture) => picture()));
    await settled();
  },
  async change(part) {
    const now = shown;
    await act(() => {
      if (now) now.value = { ...now.value, ...part };
    });
    await settled();
  },
};

const asked = new URLSearchParams(location.search);
if (asked.has('still')) still();
await loadLanguage(undefined, 60_000); // a slow machine shows no other language
// What a screen fetches later is there from now on, so that it is drawn with the rest.
await Promise.all([import('lean-qr'), fetchParts(() => false)]);
window.gallery = gallery;
const name = asked.get('screen');
if (root && name) void show(name);
else if (root) {
  render(
    <ul>
      {gallery.names.map((s) => (
        <li key={s}>
          <a href={`?screen=${s}`}>{s}</a>
        </li>
      ))}
    </ul>,
    root,
  );
}
