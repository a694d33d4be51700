// What a page asks of where it runs. wails.ts answers with the Go backend,
// browser/ with the browser's own WebRTC. The two tell the same story: snapshots.
import type { ReadonlySignal } from '@preact/signals';
import type { Entry } from '../model/chat.ts';
import type { Choice, Knock, ScreenProblem, Snapshot } from '../model/snapshot.ts';
import type { Stats } from '../model/stats.ts';

/** The two people, and the other one's screen. */
export type Track = 'local' | 'remote' | 'screen';

/** What a tile hears of the picture in it. */
export interface Watch {
  /** The picture's size in pixels, when it is known and when it changes. */
  size(width: number, height: number): void;
  /** Pictures come (true), or have stopped coming. */
  live(live: boolean): void;
}

export interface DeviceInfo {
  id: string;
  name: string;
  default: boolean;
  /** It was there once, in this run or one before. */
  absent?: boolean;
}

export interface Devices {
  cameras: DeviceInfo[];
  microphones: DeviceInfo[];
  /** Missing where none can be chosen. */
  speakers?: DeviceInfo[];
}

/** The devices while somebody looks at them and tries them out. */
export interface DeviceCheck {
  readonly devices: ReadonlySignal<Devices>;
  readonly choice: ReadonlySignal<Choice>;
  /** How loud our microphone is, in dBov: from -127, silence, to 0. */
  readonly level: ReadonlySignal<number>;
  /** What the switch says. */
  readonly mirrored: ReadonlySignal<boolean>;
  /** Shows our camera's picture inside box until the function it returns is called. */
  readonly preview: (box: HTMLElement, live: (live: boolean) => void) => () => void;
  readonly choose: (choice: Choice) => Promise<void>;
  /** None can be chosen too. */
  readonly orNone: boolean;
  readonly setMirrored: (on: boolean) => Promise<void>;
  /** Plays a short sound on the speaker. */
  readonly chime?: () => Promise<void>;
  readonly close: () => void;
}

/** What there is to share, or why there is nothing. */
export interface ScreenList {
  screens: ScreenInfo[];
  /** The ID to share where the desktop itself asks what; there are no screens then. */
  asks?: string;
  problem?: ScreenProblem;
}

/** A screen or window that can be shared. */
export interface ScreenInfo {
  id: string;
  /** A window's title, or what the system calls a screen. */
  name: string;
  window: boolean;
  width: number;
  height: number;
}

/** What one check before a call found; backend/doctor tells of each field. */
export interface Finding {
  check: string;
  level: 'ok' | 'warning' | 'problem' | 'skipped';
  cause: string;
  what: string;
  next?: string;
}

/** A room ID or an invite link. */
export interface Link {
  text: string;
}

/** What two people write to each other in a call, and the files that they hand over. */
export interface Chat {
  readonly entries: ReadonlySignal<Entry[]>;
  readonly say: (text: string) => Promise<void>;
  /** Has the user choose a file, where the page cannot, under a title; or takes those of the page. */
  readonly pick?: (title: string) => Promise<void>;
  readonly offer?: (files: File[]) => Promise<void>;
  /** Takes, or does not, the offered file of an entry. */
  readonly answer: (entry: number, take: boolean) => Promise<void>;
  readonly cancel: (entry: number) => Promise<void>;
  /** Shows the file of an entry in its folder. */
  readonly show?: (entry: number) => Promise<void>;
  /** Opens a link in the user's browser; missing where the page is in it. */
  readonly browse?: (url: string) => void;
}

/** One setting, as backend/config's Item tells of it. */
export interface Setting {
  key: string;
  value: unknown;
  source: 'default' | 'file' | 'variable' | 'flag';
  place?: string;
  help: string;
  /** The program runs with another value, until it is started again. */
  restart: boolean;
}

export interface SettingsView {
  /** Of the config file. */
  path: string;
  items: Setting[];
  startAtLogin: boolean;
  /** Why that is not known. */
  loginProblem?: string;
}

/** What is set on this computer. A change that is refused rejects with the reason, in English. */
export interface Settings {
  read: () => Promise<SettingsView>;
  change: (changes: { Key: string; Value: string }[]) => Promise<SettingsView>;
  startAtLogin: (on: boolean) => Promise<SettingsView>;
}

/** A call to take up again. */
export interface Offer {
  role: 'caller' | 'callee';
  invite: string;
  /** Our room can be opened again under its invite. */
  reopens: boolean;
  /** The program crashed in it; else its other side was lost. */
  crashed: boolean;
}

/** A Parley newer than this one. */
export interface Release {
  version: string;
  page: string;
}

/**
 * What a user can do. An action that is missing cannot be done here or now: its
 * button is disabled or not there. An action that fails rejects with something
 * that failureOf understands.
 */
export interface Actions {
  readonly createRoom?: (() => Promise<void>) | undefined;
  /** A call without any server: the users carry codes. */
  readonly createByHand?: (() => Promise<void>) | undefined;
  /** Takes the code with which the other side answered ours. */
  readonly enterCode?: ((code: string) => Promise<void>) | undefined;
  /**
   * Shows the camera's picture inside box and looks for a call code's QR code in
   * it, until the function it returns is called. What was found is told once.
   */
  readonly scan?:
    | ((
        box: HTMLElement,
        found: (code: string) => void,
        failed: (thrown: unknown) => void,
      ) => () => void)
    | undefined;
  readonly join?: ((text: string) => Promise<void>) | undefined;
  readonly hangUp?: (() => Promise<void>) | undefined;
  /** Waits on for the other side, where the snapshot is asking; hangUp does not. */
  readonly keepTrying?: (() => Promise<void>) | undefined;
  /** Whoever comes into a room of ours waits to be let in, or not. */
  readonly setWaitingRoom?: ((on: boolean) => Promise<void>) | undefined;
  /** Says who we are, once, to whom we wait for to let us in. */
  readonly knock?: ((knock: Knock) => Promise<void>) | undefined;
  /** Lets in who knocks; hangUp does not. */
  readonly letIn?: (() => Promise<void>) | undefined;
  /** Notes that the words of both sides were compared and are the same, or takes it back. */
  readonly setVerified?: ((verified: boolean) => Promise<void>) | undefined;
  readonly setMicrophone?: ((on: boolean) => Promise<void>) | undefined;
  readonly setCamera?: ((on: boolean) => Promise<void>) | undefined;
  /** Has both sides send a picture of few bits. */
  readonly setDataSaver?: ((on: boolean) => Promise<void>) | undefined;
  /** Between the front and the back camera. */
  readonly switchCamera?: (() => Promise<void>) | undefined;
  /** Takes the other side's picture into a small window over all others, or back. */
  readonly floatPicture?: (() => Promise<void>) | undefined;
  /** There while the browser refuses to play sound without a tap. */
  readonly tapToHear?: (() => Promise<void>) | undefined;
  /** What there is to share; missing where shareScreen itself asks. */
  readonly screens?: (() => Promise<ScreenList>) | undefined;
  /** Shows the other side a screen, by its ID; '' ends it. */
  readonly shareScreen?: ((id: string) => Promise<void>) | undefined;
  readonly preview?: ((on: boolean) => Promise<void>) | undefined;
  /** Opens the devices to look at, to choose and to try out. */
  readonly checkDevices?: (() => Promise<DeviceCheck>) | undefined;
  /** Checks devices, signaling and network; found hears of each finding as it comes. */
  readonly examine?: ((found: (finding: Finding) => void) => Promise<void>) | undefined;
  /** Shows the newer release's page in the browser. */
  readonly openDownload?: (() => Promise<void>) | undefined;
  /** Takes up the call of the host's offer; dismissOffer is the answer no. */
  readonly rejoin?: (() => Promise<void>) | undefined;
  readonly dismissOffer?: (() => Promise<void>) | undefined;
  /** Goes where the link from elsewhere leads; decline forgets it. */
  readonly accept?: (() => Promise<void>) | undefined;
  readonly decline?: (() => Promise<void>) | undefined;
  /** Ends the program, and the call with it. */
  readonly quit?: (() => Promise<void>) | undefined;
  /** Does not, where the host is leaving. */
  readonly stay?: (() => Promise<void>) | undefined;
  /** The keys that do the same, as aria-keyshortcuts has them; missing where none do. */
  readonly shortcuts?:
    { microphone: string; camera: string; hangUp: string; shareScreen: string } | undefined;
  /** There while the other side takes texts and files. */
  readonly chat?: Chat | undefined;
  readonly copy?: ((text: string) => Promise<void>) | undefined;
  /** Hands a link to another app of the device's. */
  readonly share?: ((link: string) => Promise<void>) | undefined;
}

export interface Host extends Actions {
  readonly snapshot: ReadonlySignal<Snapshot>;
  /** Undefined until a call has figures. */
  readonly stats: ReadonlySignal<Stats | undefined>;
  /** Missing where a page is always the newest. */
  readonly newer?: ReadonlySignal<Release | undefined>;
  readonly settings?: Settings;
  readonly offer?: ReadonlySignal<Offer | undefined>;
  /** The user closes the window in a call: is the call to end? */
  readonly leaving?: ReadonlySignal<boolean>;
  /** What the program was started with, now or once more: to be joined at once. */
  readonly link?: ReadonlySignal<Link | undefined>;
  /** The same where it may have come from a web page: to be joined once the user says so. */
  readonly invited?: ReadonlySignal<string | undefined>;
  /** The self-view is shown as in a mirror. */
  readonly mirrored: ReadonlySignal<boolean>;
  /** Shows a track's picture inside box until the function it returns is called. */
  readonly attach: (track: Track, box: HTMLElement, watch: Watch) => () => void;
}
