import MicOff from 'lucide/dist/esm/icons/mic-off.mjs';
import UserRound from 'lucide/dist/esm/icons/user-round.mjs';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Host, Track } from '../host/host.ts';
import type { Quality } from '../model/history.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { Icon } from './icon.tsx';

interface Props {
  track: Track;
  name: string;
  attach: Host['attach'];
  /** Shows the placeholder even where a last picture is still there. */
  covered: boolean;
  /** What the placeholder says. */
  caption: string;
  mirrored?: boolean;
  muted?: boolean;
  /** How good the connection is; said where it is not good. */
  quality?: Quality | undefined;
  /** Lies over a picture that has stopped; says why. */
  veil?: string | undefined;
  /** Something is being done about it. */
  busy?: boolean;
  children?: ComponentChildren;
}

/**
 * A person's picture, or a placeholder of the same size: nothing on the page
 * moves when the picture comes or goes.
 */
export function Tile(props: Props) {
  const { track, name, attach, covered, caption, mirrored, muted, quality, children } = props;
  const { veil, busy } = props;
  const box = useRef<HTMLDivElement>(null);
  const [live, setLive] = useState(false);
  // The window's is live only while it moves: what was there when it stopped stays, veiled.
  const stays = useRef(false);
  stays.current = veil !== undefined && (live || stays.current);
  const [shape, setShape] = useState<'landscape' | 'portrait'>('landscape');
  useEffect(() => {
    if (!box.current) return undefined;
    return attach(track, box.current, {
      size: (width, height) => setShape(height > width ? 'portrait' : 'landscape'),
      live: setLive,
    });
  }, [attach, track]);
  const shown = (live || stays.current) && !covered;
  return (
    <div
      class={`tile tile--${track}`}
      role="group"
      aria-label={name}
      data-live={shown}
      data-shape={shape}
    >
      <div class="tile__picture" ref={box} data-mirrored={mirrored === true} />
      {!shown && (
        <div class="tile__empty">
          <span class="avatar">
            <Icon of={UserRound} size={48} />
          </span>
          <span class="tile__caption">{caption}</span>
        </div>
      )}
      {shown && veil && (
        <div class="tile__empty tile__veil">
          {busy && <span class="spinner" />}
          <span class="tile__caption">{veil}</span>
        </div>
      )}
      {/* A live region is heard where it was there before its words. */}
      {track === 'remote' && (
        <span role="status">
          {quality && quality !== 'good' && (
            <span class="tile__quality" data-quality={quality}>
              {label.quality[quality]}
            </span>
          )}
        </span>
      )}
      {muted && (
        <span class="tile__badge">
          <Icon of={MicOff} size={16} />
          <span>{label.muted}</span>
        </span>
      )}
      {children}
    </div>
  );
}

interface SelfProps {
  snapshot: Snapshot;
  attach: Host['attach'];
  mirrored: boolean;
}

/** Our own picture, or why there is none. */
export function SelfView({ snapshot, attach, mirrored }: SelfProps) {
  const { camera, microphone } = snapshot;
  const off = !camera.on || camera.problem !== undefined;
  return (
    <Tile
      track="local"
      name={label.you}
      attach={attach}
      covered={off}
      caption={off ? label.cameraOff : camera.paused ? label.paused : label.previewStarting}
      veil={camera.paused ? label.paused : undefined}
      mirrored={mirrored}
      muted={!microphone.on || microphone.problem !== undefined}
    />
  );
}
