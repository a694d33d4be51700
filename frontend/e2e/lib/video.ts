// Video files: a y4m to send, and what ffprobe says of a recording.
import { run } from './process.js';

/** A y4m of ffmpeg's moving test picture, 30 pictures a second. */
export async function clip(
  file: string,
  { width, height, seconds }: { width: number; height: number; seconds: number },
): Promise<void> {
  const source = `testsrc2=size=${width}x${height}:rate=30:duration=${seconds}`;
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p', file]);
}

export type Probe = { seconds: number; streams: Record<string, unknown>[] };

export async function probe(file: string): Promise<Probe> {
  const entries = 'format=duration:stream=codec_type,codec_name,width,height';
  const out = await run('ffprobe', ['-v', 'error', '-show_entries', entries, '-of', 'json', file]);
  const { format, streams } = JSON.parse(String(out)) as {
    format: { duration: string };
    streams: Record<string, unknown>[];
  };
  return {
    seconds: Number(format.duration),
    streams: streams.map(({ codec_name, codec_type, width, height }) =>
      codec_type === 'video'
        ? { codec_name, codec_type, width, height }
        : { codec_name, codec_type },
    ),
  };
}

/** A y4m of 2 s that needs little of a processor: waves that roll, 10 pictures a second. */
export function film(width: number, height: number): Buffer {
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`)];
  for (let n = 0; n < 20; n++) {
    const luma = Buffer.alloc(width * height);
    luma.forEach((_, i) => {
      const phase = (2 * Math.PI * ((i % width) + Math.floor(i / width) - n * 16)) / 320;
      luma[i] = 128 + 80 * Math.sin(phase);
    });
    parts.push(Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 2, 128));
  }
  return Buffer.concat(parts);
}
