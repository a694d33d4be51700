// The webview's end of the track bridge: frames come from the program over a
// WebSocket on 127.0.0.1, are decoded by WebCodecs where they are encoded, and
// drawn on canvases. wire.ts is what the two say, player.ts what becomes of a frame.

import { Player, type TrackStats, type Watcher } from './player';
import { hello, parse, report, shown, want } from './wire';

export { supported, type Support } from './supported';
export type { TrackStats, Watcher };

/** `local` is what our camera sees, `remote` what the other side sends, `screen` its screen. */
export type TrackName = 'local' | 'remote' | 'screen';

export interface StageStats {
  connected: boolean;
  /** Another page took over; this one stays away. */
  replaced: boolean;
  tracks: Record<TrackName, TrackStats>;
}

export interface Stage {
  /**
   * Draws a track on a canvas until the returned function is called. The canvas'
   * width and height have the picture's shape, and no more pixels than are shown:
   * give it its place by CSS (with object-fit), so that the page does not move. A
   * track may have several.
   */
  attach(track: TrackName, canvas: HTMLCanvasElement, on?: Watcher): () => void;
  stats(): StageStats;
  close(): void;
}

const FIRST_PAUSE = 250; // ms before connecting again, doubled each time
const LONGEST_PAUSE = 5000; // ms
const REPLACED = 4000; // close code: another page took over
const MALFORMED = 4002; // close code: we do not understand the program

/** Connects to the bridge at its URL, and again whenever that breaks. */
export function connect(url: string): Stage {
  let socket: WebSocket | undefined;
  let pause = FIRST_PAUSE;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let replaced = false;
  let closed = false;

  const send = (message: Uint8Array<ArrayBuffer>) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(message);
  };
  const player = (track: TrackName) =>
    new Player({
      report: (sequence, o) => send(report(track, sequence, o)),
      want: (after) => send(want(track, after)),
      shown: (width, height) => send(shown(track, width, height)),
    });
  const players: Record<TrackName, Player> = {
    local: player('local'),
    remote: player('remote'),
    screen: player('screen'),
  };
  const each = (f: (p: Player) => void) => Object.values(players).forEach(f);

  const take = (ws: WebSocket, data: unknown) => {
    try {
      if (!(data instanceof ArrayBuffer)) throw new Error('bridge message in text');
      const message = parse(data);
      const p = Object.hasOwn(players, message.track)
        ? players[message.track as TrackName]
        : undefined;
      if (message.kind === 'frame') p?.take(message);
      else p?.clear();
    } catch (e) {
      console.error('stage:', e);
      ws.close(MALFORMED);
    }
  };

  const open = () => {
    const ws = new WebSocket(url);
    socket = ws;
    ws.binaryType = 'arraybuffer';
    ws.onopen = () => {
      send(hello());
      each((p) => p.connected());
    };
    ws.onmessage = (e) => {
      pause = FIRST_PAUSE;
      take(ws, e.data);
    };
    ws.onclose = (e) => {
      socket = undefined;
      each((p) => p.reset());
      replaced = e.code === REPLACED;
      if (closed || replaced) return;
      timer = setTimeout(open, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    };
  };

  const visibility = () => each((p) => p.visibility());
  document.addEventListener('visibilitychange', visibility);
  open();

  return {
    attach: (track, canvas, on = {}) => players[track].attach(canvas, on),
    stats: () => ({
      connected: socket?.readyState === WebSocket.OPEN,
      replaced,
      tracks: {
        local: { ...players.local.stats },
        remote: { ...players.remote.stats },
        screen: { ...players.screen.stats },
      },
    }),
    close: () => {
      closed = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', visibility);
      each((p) => p.close());
      socket?.close();
    },
  };
}
