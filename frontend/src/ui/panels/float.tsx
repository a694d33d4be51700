import PictureInPicture from 'lucide/dist/esm/icons/picture-in-picture-2.mjs';
import { panels } from '../../model/panels.ts';
import { useAction } from '../action.ts';
import { Round } from '../button.tsx';

interface Props {
  float: () => Promise<void>;
  /** There is a picture. */
  shown: boolean;
}

/** Takes the other side's picture into a small window over all others, and back. */
export function Float({ float, shown }: Props) {
  const { run } = useAction(shown ? float : undefined);
  return <Round name={panels().float} icon={PictureInPicture} press={run} />;
}
