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
