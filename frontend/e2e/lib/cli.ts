// `parley call --json`, and what it says.
import { PARLEY } from './desktop.js';
import { Program, type Cleanup } from './process.js';

export type Event =
  | { event: 'room'; id: string; invite: string }
  | { event: 'code'; code: string }
  | { event: 'state'; state: string }
  | { event: 'knock'; name: string }
  | { event: 'error'; code: string; message: string }
  | { event: 'end'; reason: string }
  | Stats;

export type Stats = {
  event: 'stats';
  video: { in: VideoStats; out: VideoStats & { target: number } };
  audio: { in: AudioStats; out: AudioStats };
  rtt_ms: number;
  path: string;
};
type VideoStats = {
  codec: string;
  frames: number;
  fps: number;
  width: number;
  height: number;
  bitrate: number;
};
type AudioStats = { packets: number; level: number; bitrate: number };

/** Only this machine, and whatever port is free. */
export const loopback = ['--lan-address', '127.0.0.1:0', '--interface', 'lo'];
/** Devices that need no hardware, and make no noise. */
export const testDevices = ['--camera', 'test', '--microphone', 'test', '--speaker', 'none'];

export class Call {
  readonly program: Program;

  constructor(cleanup: Cleanup, args: string[], env: NodeJS.ProcessEnv = {}) {
    const home = cleanup.folder();
    this.program = new Program(PARLEY, ['call', ...args, '--json', ...loopback], cleanup, {
      env: {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: home,
        XDG_DATA_HOME: home,
        XDG_CACHE_HOME: home,
        ...env,
      },
    });
  }

  /** The first event, so far or to come, that fits. */
  event<K extends Event['event']>(
    kind: K,
    fits: (event: Extract<Event, { event: K }>) => boolean = () => true,
    within = 60_000,
  ): Promise<Extract<Event, { event: K }>> {
    type Wanted = Extract<Event, { event: K }>;
    return this.program.line(
      (line) => {
        if (!line.startsWith('{')) return undefined; // the log, on standard error
        const event = JSON.parse(line) as Event;
        return event.event === kind && fits(event as Wanted) ? (event as Wanted) : undefined;
      },
      `event "${kind}" that fits`,
      within,
    );
  }

  async state(state: string, within = 60_000): Promise<void> {
    await this.event('state', (e) => e.state === state, within);
  }

  /** The call is noticed to be over within so many ms; what it holds may take
   * longer to close. Answers by the reason. */
  async ended(within: number): Promise<string> {
    await this.state('ended', within);
    return (await this.event('end')).reason;
  }

  /** Ctrl+C. */
  hangUp(): void {
    this.program.signal('SIGINT');
  }
}
