import PictureInPicture from 'lucide/dist/esm/icons/picture-in-picture-2.mjs';
import { useEffect } from 'preact/hooks';
import { panels } from '../../model/panels.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { useAction } from '../action.ts';
import { Round } from '../button.tsx';

interface Props {
  float: () => Promise<void>;
  snapshot: Snapshot;
}

/**
 * Takes the other side's picture into a small window over all others, and back: the
 * latter also while the connection is looked for.
 */
export function Float({ float, snapshot: { state, other } }: Props) {
  const floats = Boolean(document.pictureInPictureElement);
  const shown = state === 'connected' && other.cameraOn;
  const { run } = useAction(shown || floats ? float : undefined);
  useEffect(() => {
    // The last picture of a camera that is off is not shown, here as elsewhere.
    if (!other.cameraOn && document.pictureInPictureElement) void float();
  }, [other.cameraOn, float]);
  return <Round name={panels().float} icon={PictureInPicture} press={run} />;
}
