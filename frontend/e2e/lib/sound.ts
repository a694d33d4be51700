// Sound without hardware: a PulseAudio of our own. What is played into
// "micsink" is what the microphone hears; what the program plays is on
// "spk.monitor".
import { join } from 'node:path';
import { run, until, Program, type Cleanup } from './process.js';

export const RATE = 48_000;
const WINDOW = RATE / 10; // samples that are looked at together: 100 ms

export type Heard = { hz: number; level: number };

/** A tone that comes and goes twice a second: what suppresses noise or silence
 * (WebRTC's filters, Opus' DTX) leaves it as it is, a steady one it would not. */
export function tone(hz: number, from: number, samples: number): Int16Array {
  const out = new Int16Array(samples);
  for (let i = 0; i < samples; i++) {
    const t = (from + i) / RATE;
    const on = t % 0.5 < 0.3;
    out[i] = on ? 9_000 * Math.sin(2 * Math.PI * hz * t) : 0;
  }
  return out;
}

/** A mono 16-bit WAV file of that tone. */
export function toneWav(hz: number, seconds: number): Buffer {
  const samples = tone(hz, 0, seconds * RATE);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

/** Goertzel: how much of the samples' power lies at hz, 0 to 1. */
export function share(samples: Int16Array, hz: number): number {
  const k = 2 * Math.cos((2 * Math.PI * hz) / RATE);
  let a = 0;
  let b = 0;
  let power = 0;
  for (const x of samples) {
    [a, b] = [x + k * a - b, a];
    power += x * x;
  }
  return power === 0 ? 0 : (2 * (a * a + b * b - k * a * b)) / (samples.length * power);
}

/** In dBFS: 0 is a full square wave. */
export function level(samples: Int16Array): number {
  let power = 0;
  for (const x of samples) power += x * x;
  return 10 * Math.log10(power / samples.length / 32_768 ** 2 + 1e-12);
}

export class Sound {
  readonly env: { PULSE_SERVER: string };

  private constructor(
    server: string,
    readonly cleanup: Cleanup,
  ) {
    this.env = { PULSE_SERVER: server };
  }

  static async start(cleanup: Cleanup): Promise<Sound> {
    const dir = cleanup.folder();
    const socket = join(dir, 'pulse.sock');
    const modules = [
      'module-null-sink sink_name=spk',
      'module-null-sink sink_name=micsink',
      'module-remap-source master=micsink.monitor source_name=mic',
      `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    ];
    new Program(
      'pulseaudio',
      [
        '-n',
        '--daemonize=no',
        // It was once gone in the middle of a test. Nobody saw why; these are the
        // ways in which one is known to end on a busy machine.
        '--disable-shm=yes',
        '--no-cpu-limit=yes',
        '--realtime=no',
        '--high-priority=no',
        '--exit-idle-time=-1',
        '--use-pid-file=no',
        '--log-target=stderr',
      ].concat(modules.flatMap((m) => ['-L', m])),
      cleanup,
      { env: { ...process.env, XDG_RUNTIME_DIR: dir, HOME: dir } },
    );
    const sound = new Sound(`unix:${socket}`, cleanup);
    await until('pulseaudio', () => sound.#pactl('set-default-sink', 'spk').catch(() => undefined));
    await sound.#pactl('set-default-source', 'mic');
    return sound;
  }

  async #pactl(...args: string[]): Promise<string> {
    return String(await run('pactl', args, { env: { ...process.env, ...this.env } }));
  }

  /** How many streams, to play or to record, the process has open. */
  async streams(pid: number): Promise<number> {
    const kinds = await Promise.all(
      ['sink-inputs', 'source-outputs'].map((kind) => this.#pactl('--format=json', 'list', kind)),
    );
    type Stream = { properties: Record<string, string> };
    return kinds
      .flatMap((list) => JSON.parse(list) as Stream[])
      .filter((stream) => stream.properties['application.process.id'] === String(pid)).length;
  }

  /** Plugs a headset in: a speaker and a microphone. The function unplugs it. */
  async plug(name: string): Promise<() => Promise<void>> {
    const called = `device.description=${name}`;
    const load = (...args: string[]): Promise<string> => this.#pactl('load-module', ...args);
    const modules = [
      await load('module-null-sink', 'sink_name=headset', `sink_properties=${called}`),
      await load('module-null-sink', 'sink_name=headfeed'),
      await load(
        'module-remap-source',
        'master=headfeed.monitor',
        'source_name=headmic',
        `source_properties=${called}`,
      ),
    ];
    return async () => {
      for (const module of modules.reverse()) await this.#pactl('unload-module', module.trim());
    };
  }

  /** Plays the tone into the microphone until the cleanup. */
  speak(hz: number): void {
    const args = [
      '--playback',
      '--device=micsink',
      '--format=s16le',
      `--rate=${RATE}`,
      '--channels=1',
    ];
    const player = new Program('pacat', [...args, '--latency-msec=100'], this.cleanup, {
      env: { ...process.env, ...this.env },
    });
    let at = 0;
    const feed = (): void => {
      let more = true;
      while (more && player.exitCode === undefined) {
        more = player.stdin.write(Buffer.from(tone(hz, at, RATE / 10).buffer));
        at += RATE / 10;
      }
    };
    player.stdin.on('drain', feed);
    player.stdin.on('error', () => undefined); // it was stopped
    feed();
  }

  /** Listens at the speaker, or at what the microphone hears. */
  listen(device: 'spk.monitor' | 'mic' = 'spk.monitor'): Ear {
    const args = [`--device=${device}`, '--format=s16le', `--rate=${RATE}`, '--channels=1'];
    return new Ear(
      new Program('parec', [...args, '--latency-msec=50'], this.cleanup, {
        bytes: true,
        env: { ...process.env, ...this.env },
      }),
    );
  }
}

export class Ear {
  #window = new Int16Array(WINDOW);
  #filled = 0;
  #half: number | undefined; // of a sample that two chunks share
  readonly #watch = new Set<(samples: Int16Array) => void>();

  constructor(program: Program) {
    program.stdout.on('data', (chunk: Buffer) => {
      for (const byte of chunk) {
        if (this.#half === undefined) {
          this.#half = byte;
          continue;
        }
        this.#window[this.#filled++] = this.#half | (byte << 8);
        this.#half = undefined;
        if (this.#filled < WINDOW) continue;
        const samples = this.#window.slice();
        this.#watch.forEach((see) => see(samples));
        this.#filled = 0;
      }
    });
  }

  /** Waits until see says so, of one 100 ms after the other. */
  #until(what: string, see: (samples: Int16Array) => boolean, within: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let last = 'nothing at all';
      const check = (samples: Int16Array): void => {
        last = `${level(samples).toFixed(0)} dBFS`;
        if (see(samples)) end(resolve);
      };
      const end = (then: () => void): void => {
        clearTimeout(timer);
        this.#watch.delete(check);
        then();
      };
      const timer = setTimeout(() => {
        end(() => reject(new Error(`${what}: not within ${within} ms; last heard: ${last}`)));
      }, within);
      this.#watch.add(check);
    });
  }

  /** Waits until three pieces of 100 ms held the tone. */
  hears(hz: number, within = 60_000): Promise<void> {
    let seen = 0;
    const see = (s: Int16Array): boolean => level(s) > -50 && share(s, hz) > 0.6 && ++seen >= 3;
    return this.#until(`hearing ${hz} Hz`, see, within);
  }

  /** Waits until the tone was away for 1.2 s: longer than it pauses. */
  misses(hz: number, within = 60_000): Promise<void> {
    let quiet = 0;
    const see = (s: Int16Array): boolean => {
      quiet = level(s) > -55 && share(s, hz) > 0.3 ? 0 : quiet + 1;
      return quiet >= 12;
    };
    return this.#until(`not hearing ${hz} Hz`, see, within);
  }
}
