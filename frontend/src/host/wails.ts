// The host inside the desktop window: the Go backend behind Wails' bindings,
// pictures through the stage.
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { keys } from '../desktop/keys.ts';
import { desktop } from '../model/desktop.ts';
import { withEntry, type Entry } from '../model/chat.ts';
import {
  idle,
  isLive,
  Problem,
  type Choice,
  type Snapshot,
  type State,
} from '../model/snapshot.ts';
import type { Stats } from '../model/stats.ts';
import { label, words } from '../model/words.ts';
import { connect } from '../stage/index.ts';
import type {
  Actions,
  Chat,
  DeviceCheck,
  Devices,
  Finding,
  Host,
  Link,
  Offer,
  Release,
  SettingsView,
  Track,
  Watch,
} from './host.ts';

/** The Go type main.App, as Wails binds it. Its errors reject with the JSON of a Failure. */
interface App {
  CreateRoom(): Promise<void>;
  CreateByHand(): Promise<void>;
  EnterCode(text: string): Promise<void>;
  Scan(n: number): Promise<string>;
  StopScan(n: number): Promise<void>;
  Join(text: string): Promise<void>;
  HangUp(): Promise<void>;
  KeepTrying(): Promise<void>;
  SetVerified(verified: boolean): Promise<void>;
  SetWaitingRoom(on: boolean): Promise<void>;
  Knock(name: string, picture: string): Promise<void>;
  LetIn(): Promise<void>;
  SetMicrophone(on: boolean): Promise<void>;
  SetCamera(on: boolean): Promise<void>;
  SetDataSaver(on: boolean): Promise<void>;
  Preview(on: boolean): Promise<void>;
  Devices(): Promise<Found>;
  Screens(): ReturnType<NonNullable<Actions['screens']>>;
  /** A screen or window by its ID; '' ends it. */
  Share(screen: string): Promise<void>;
  Examine(): Promise<Finding[]>;
  Choose(choice: Choice): Promise<void>;
  /** Runs the devices to be tried out. */
  CheckDevices(on: boolean): Promise<void>;
  SetMirrored(on: boolean): Promise<void>;
  Chime(): Promise<void>;
  Snapshot(): Promise<Snapshot>;
  /** The ws:// URL of the track bridge, with its token. */
  Bridge(): Promise<string>;
  Copy(text: string): Promise<void>;
  /** The newer release that is known of; null where none is. */
  Update(): Promise<Release | null>;
  OpenDownload(): Promise<void>;
  /** The page is there, and these are its language's words for what is outside of it. */
  Ready(words: Outside): Promise<void>;
  Quit(): Promise<void>;
  /** Not to Quit, where that was asked. */
  Stay(): Promise<void>;
  /** Whether the user looks at the page. */
  SetFocused(focused: boolean): Promise<void>;
  Settings(): Promise<SettingsView>;
  ChangeSettings(changes: { Key: string; Value: string }[]): Promise<SettingsView>;
  StartAtLogin(on: boolean): Promise<SettingsView>;
  /** The call in which the program before crashed; null where in none. */
  LastCall(): Promise<Omit<Offer, 'crashed'> | null>;
  ForgetLastCall(): Promise<void>;
  /** Whether Reopen makes the same room. */
  Reopens(role: string, invite: string): Promise<boolean>;
  Reopen(invite: string): Promise<void>;
  /** What the program was started with, now or once more; empty where nothing, and after the first time. */
  StartLink(): Promise<string>;
}

/** The Go type session.Chats. Its errors mean that the call, or the file, is over. */
interface Chats {
  All(): Promise<ChatUpdate>;
  Say(text: string): Promise<void>;
  Offer(title: string): Promise<void>;
  Answer(entry: number, take: boolean): Promise<void>;
  Cancel(entry: number): Promise<void>;
  Show(entry: number): Promise<void>;
}

/** The Go type session.ChatUpdate; an empty list is null. */
interface ChatUpdate {
  call: number;
  able: boolean;
  entries: Entry[] | null;
}

/** The Go type main.Words. */
const trayLines = [
  'createRoom',
  'copyRoomId',
  'copyInvite',
  'mute',
  'unmute',
  'cameraTurnOff',
  'cameraTurnOn',
  'hangUp',
  'muted',
] as const;
interface Outside {
  /** By the names of Go's desktop.News. */
  news: Record<'joined' | 'knocks' | 'left' | 'lost' | 'reconnecting', string>;
  tray: Record<(typeof trayLines)[number] | 'open' | 'quit', string> & {
    state: Record<State, string>;
  };
}

function outside(): Outside {
  const { open, quit, joined, knocks } = desktop();
  const lines = Object.fromEntries(trayLines.map((key) => [key, label[key]]));
  return {
    news: {
      joined,
      knocks,
      left: words.reason.other_hung_up.what,
      lost: words.reason.other_lost.what,
      reconnecting: words.state.reconnecting,
    },
    tray: {
      ...(lines as Record<(typeof trayLines)[number], string>),
      open,
      quit,
      state: words.state,
    },
  };
}

/** What of Wails' runtime is used here. */
interface Runtime {
  EventsOn(event: string, callback: (data: never) => void): () => void;
  BrowserOpenURL(url: string): void;
}

declare global {
  interface Window {
    go?: { main?: { App?: App }; session?: { Chats?: Chats } };
    runtime?: Runtime;
  }
}

/** Go writes an empty list as null. */
type Found = { [K in keyof Required<Devices>]?: Devices['cameras'] | null };

const listed = ({ cameras, microphones, speakers }: Found): Devices => ({
  cameras: cameras ?? [],
  microphones: microphones ?? [],
  speakers: speakers ?? [],
});

/** The chat of the call under way, there while the other side takes part in it. */
function chatOf(chats: Chats, runtime: Runtime): ReadonlySignal<Chat | undefined> {
  const able = signal(false);
  const entries = signal<Entry[]>([]);
  let call = 0;
  const take = (u: ChatUpdate) => {
    if (u.call < call) return;
    if (u.call > call) entries.value = [];
    call = u.call;
    entries.value = (u.entries ?? []).reduce(withEntry, entries.value);
    able.value = u.able;
  };
  runtime.EventsOn('chat', take);
  void chats.All().then(take);
  const over = () => {
    throw new Problem('not_in_call', 'the call, or the file, is over');
  };
  const chat: Chat = {
    entries,
    say: (text) => chats.Say(text).catch(over),
    pick: (title) => chats.Offer(title).catch(over),
    answer: (entry, yes) => chats.Answer(entry, yes).catch(over),
    cancel: (entry) => chats.Cancel(entry).catch(over),
    show: (entry) => chats.Show(entry),
    browse: (url) => runtime.BrowserOpenURL(url),
  };
  return computed(() => (able.value ? chat : undefined));
}

/** The host of the window that this page runs in; undefined outside of one. */
export async function wailsHost(): Promise<Host | undefined> {
  const app = window.go?.main?.App;
  const { runtime } = window;
  if (!app || !runtime) return undefined;

  const snapshot = signal<Snapshot>(idle);
  const stats = signal<Stats | undefined>(undefined);
  const leaving = signal(false);
  runtime.EventsOn('quit', () => {
    leaving.value = true;
  });
  const stay = () => {
    leaving.value = false;
    return app.Stay();
  };
  const offer = signal<Offer | undefined>(undefined);
  let room: { role: Offer['role']; invite: string } | undefined; // of the call under way
  const follow = async ({ state, role, reason, invite, code }: Snapshot) => {
    if (isLive(state)) {
      offer.value = undefined;
      if (role && invite && !code) room = { role, invite };
      return;
    }
    const lost = room;
    room = undefined;
    if (!lost || reason !== 'other_lost' || !(await app.Reopens(lost.role, lost.invite))) return;
    if (!isLive(snapshot.value.state)) offer.value = { ...lost, reopens: true, crashed: false };
  };
  let heard: Snapshot | undefined;
  runtime.EventsOn('snapshot', (s: Snapshot) => {
    heard = s;
    snapshot.value = s;
    void follow(s);
    if (isLive(s.state)) return;
    stats.value = undefined;
    if (leaving.value) void stay(); // there is no call left to ask about
  });
  runtime.EventsOn('stats', (s: Stats) => {
    if (isLive(snapshot.value.state)) stats.value = s;
  });
  const newer = signal<Release | undefined>(undefined);
  runtime.EventsOn('update', (r: Release) => {
    newer.value = r;
  });
  const link = signal<Link | undefined>(undefined);
  const invited = signal<string | undefined>(undefined);
  // The system hands on what any web page says with our scheme before it.
  const takeLink = (text: string) => {
    if (/^parley:/i.test(text)) invited.value = text;
    else if (text) link.value = { text };
  };
  runtime.EventsOn('link', () => void app.StartLink().then(takeLink));
  const [now, bridge, startLink, release, last] = await Promise.all([
    app.Snapshot(),
    app.Bridge(),
    app.StartLink(),
    app.Update(),
    app.LastCall(),
    app.Ready(outside()),
  ]);
  newer.value ??= release ?? undefined;
  snapshot.value = heard ?? now;
  if (last && !startLink && !isLive(snapshot.value.state)) offer.value = { ...last, crashed: true };
  takeLink(startLink);
  const focus = () => void app.SetFocused(document.hasFocus());
  window.addEventListener('focus', focus);
  window.addEventListener('blur', focus);
  focus();
  const stage = connect(bridge);
  const chats = window.go?.session?.Chats;
  const chat = chats && chatOf(chats, runtime);

  const attach = (track: Track, box: HTMLElement, watch: Watch) => {
    const canvas = document.createElement('canvas');
    box.append(canvas);
    const detach = stage.attach(track, canvas, watch);
    return () => {
      detach();
      canvas.remove();
    };
  };
  let scans = 0;

  const wanted = computed(() => !snapshot.value.unmirrored);
  const choice = computed(() => snapshot.value.choice);
  let checks: Promise<unknown> = Promise.resolve();
  /** In the order of asking: two calls into Go may overtake each other. */
  const check = (on: boolean) =>
    (checks = checks.catch(() => undefined).then(() => app.CheckDevices(on)));
  const checkDevices = async (): Promise<DeviceCheck> => {
    const devices = signal<Devices>({ cameras: [], microphones: [], speakers: [] });
    const level = signal(-127);
    const deaf = [
      runtime.EventsOn('devices', (found: Found) => (devices.value = listed(found))),
      runtime.EventsOn('level', (dBov: number) => (level.value = dBov)),
    ];
    const close = () => {
      deaf.forEach((off) => off());
      check(false).catch((e: unknown) => console.warn('devices:', e));
    };
    try {
      const [found] = await Promise.all([app.Devices(), check(true)]);
      devices.value = listed(found);
    } catch (thrown) {
      close();
      throw thrown;
    }
    return {
      devices,
      choice,
      level,
      mirrored: wanted,
      preview: (box, live) => attach('local', box, { size: () => undefined, live }),
      choose: (c) => app.Choose(c),
      orNone: true,
      setMirrored: (on) => app.SetMirrored(on),
      chime: () => app.Chime(),
      close,
    };
  };

  return {
    snapshot,
    stats,
    newer,
    leaving,
    quit: () => app.Quit(),
    stay,
    link,
    invited,
    async accept() {
      if (invited.value) await app.Join(invited.value);
      invited.value = undefined;
    },
    decline() {
      invited.value = undefined;
      return Promise.resolve();
    },
    settings: {
      read: () => app.Settings(),
      change: (changes) => app.ChangeSettings(changes),
      startAtLogin: (on) => app.StartAtLogin(on),
    },
    offer,
    rejoin() {
      const { role, invite, reopens } = offer.value ?? {};
      if (role === 'callee' && invite) return app.Join(invite);
      return reopens && invite ? app.Reopen(invite) : app.CreateRoom();
    },
    dismissOffer() {
      offer.value = undefined;
      return app.ForgetLastCall();
    },
    // A file or the test picture has writing on it; a person expects a mirror.
    mirrored: computed(
      () => wanted.value && !/^test|\.y4m$/i.test(snapshot.value.camera.name ?? ''),
    ),
    attach,
    createRoom: () => app.CreateRoom(),
    createByHand: () => app.CreateByHand(),
    enterCode: (text) => app.EnterCode(text),
    scan(box, found, failed) {
      const n = ++scans;
      let over = false;
      const detach = attach('local', box, { size: () => undefined, live: () => undefined });
      app.Scan(n).then(
        (text) => over || found(text),
        (thrown: unknown) => over || failed(thrown),
      );
      return () => {
        over = true;
        detach();
        void app.StopScan(n);
      };
    },
    join: (text) => app.Join(text),
    hangUp: () => app.HangUp(),
    keepTrying: () => app.KeepTrying(),
    setWaitingRoom: (on) => app.SetWaitingRoom(on),
    knock: ({ name = '', picture = '' }) => app.Knock(name, picture),
    letIn: () => app.LetIn(),
    setVerified: (verified) => app.SetVerified(verified),
    setMicrophone: (on) => app.SetMicrophone(on),
    setCamera: (on) => app.SetCamera(on),
    setDataSaver: (on) => app.SetDataSaver(on),
    preview: (on) => app.Preview(on),
    screens: () => app.Screens(),
    shareScreen: (id) => app.Share(id),
    examine: async (found) => {
      const deaf = runtime.EventsOn('finding', (f: Finding) => found(f));
      try {
        await app.Examine();
      } finally {
        deaf();
      }
    },
    checkDevices,
    openDownload: () => app.OpenDownload(),
    shortcuts: keys,
    copy: (text) => app.Copy(text),
    get chat() {
      return chat?.value;
    },
  };
}
