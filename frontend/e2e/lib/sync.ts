// Lip sync, as a person has it: the screen is filmed and the speaker recorded,
// each against the wall clock.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Window } from './desktop.js';
import { run } from './process.js';

/** Films the middle of a tile and records the speaker, and answers by how many
 * ms each beep came after the flash that it belongs to. */
export async function beepsAfterFlashes(
  window: Window,
  tile: string,
  seconds: number,
): Promise<number[]> {
  const { box } = await window.find({ name: tile });
  if (!box) throw new Error(`"${tile}" is nowhere on the screen`);
  const [x, y, width, height] = box;
  const { env, cleanup } = window.desktop;
  const dir = cleanup.folder();
  const light = join(dir, 'light');
  const loudness = join(dir, 'loudness');
  const screen = `${env['DISPLAY'] ?? ''}+${x + (width >> 1) - 32},${y + (height >> 1) - 32}`;
  await run(
    'ffmpeg',
    [
      ['-v', 'error', '-y'],
      ['-thread_queue_size', '512', '-f', 'x11grab', '-draw_mouse', '0'],
      ['-t', String(seconds), '-framerate', '60', '-video_size', '64x64', '-i', screen],
      // 5 ms at a time
      ['-thread_queue_size', '512', '-f', 'pulse', '-sample_rate', '48000', '-channels', '1'],
      ['-t', String(seconds), '-fragment_size', '480', '-i', 'spk.monitor'],
      ['-copyts', '-map', '0:v', '-fps_mode', 'passthrough'],
      ['-vf', `signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=${light}`],
      ['-f', 'null', '-', '-map', '1:a'],
      [
        '-af',
        `asetnsamples=240,astats=metadata=1:reset=1,ametadata=print:key=lavfi.astats.Overall.RMS_level:file=${loudness}`,
      ],
      ['-f', 'null', '-'],
    ].flat(),
    { env },
  );
  const flashes = rises(light, 128, 1_000);
  const beeps = rises(loudness, -40, 48);
  return flashes.flatMap((flash) => {
    const beep = beeps.find((at) => Math.abs(at - flash) < 500);
    return beep === undefined ? [] : [beep - flash];
  });
}

/** When, in ms, a value came to be above a threshold after it was below for
 * 300 ms. The file is of ffmpeg's filter metadata=print; its times have so many
 * ticks in a millisecond. */
function rises(file: string, threshold: number, ticks: number): number[] {
  const at: number[] = [];
  let time = 0;
  let below: number | undefined; // since when
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const frame = /pts:(\d+)/.exec(line);
    if (frame) time = Number(frame[1]) / ticks;
    const value = /=(\S+)$/.exec(line);
    if (!value || frame) continue;
    if (Number(value[1]) <= threshold || value[1] === '-inf') {
      below ??= time;
      continue;
    }
    if (below !== undefined && time - below > 300) at.push(time);
    below = undefined;
  }
  return at;
}
