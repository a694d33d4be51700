import AppWindow from 'lucide/dist/esm/icons/app-window.mjs';
import Monitor from 'lucide/dist/esm/icons/monitor.mjs';
import ScreenShare from 'lucide/dist/esm/icons/screen-share.mjs';
import ScreenShareOff from 'lucide/dist/esm/icons/screen-share-off.mjs';
import { useContext, useState } from 'preact/hooks';
import type { Actions, Host, ScreenList } from '../../host/host.ts';
import { panels } from '../../model/panels.ts';
import { failureOf, type Sharing, type Snapshot } from '../../model/snapshot.ts';
import { number } from '../../model/words.ts';
import { Report, useAction } from '../action.ts';
import { Button, Round } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icon.tsx';
import { Notice } from '../notice.tsx';
import { Tile } from '../tile.tsx';
import { adopt } from '../adopt.ts';
import css from './screens.css?inline';

adopt(css);

interface ShareProps {
  sharing: Sharing;
  actions: Actions;
}

/** Begins to share a screen, or ends it. What did not work, or is gone, reads as ended. */
export function ShareScreen({ sharing, actions }: ShareProps) {
  const say = panels().screens;
  const { run } = useAction(actions.shareScreen);
  const report = useContext(Report);
  const [found, setFound] = useState<ScreenList>();
  const runs = sharing.on && !sharing.problem;
  const begin = (id: string) => {
    setFound(undefined);
    run?.(id);
  };
  const pick = (list: () => Promise<ScreenList>) => {
    list().then(
      (f) => (f.asks ? begin(f.asks) : setFound(f)),
      (thrown: unknown) => report(failureOf(thrown)),
    );
  };
  return (
    <>
      <Round
        name={runs ? say.stop : say.share}
        icon={runs ? ScreenShareOff : ScreenShare}
        shortcut={actions.shortcuts?.shareScreen}
        press={
          run &&
          (() => {
            if (runs) run('');
            else if (actions.screens) pick(actions.screens);
            else run('any');
          })
        }
      />
      {found && (
        <Dialog title={say.share} close={() => setFound(undefined)}>
          <Picker found={found} pick={begin} />
        </Dialog>
      )}
    </>
  );
}

interface PickerProps {
  found: ScreenList;
  pick: (id: string) => void;
}

function Picker({ found, pick }: PickerProps) {
  const say = panels().screens;
  if (found.problem) return <p>{say.problem[found.problem]}</p>;
  let screens = 0;
  return (
    <>
      <p class="soft">{say.whole}</p>
      <ul class="screens">
        {found.screens.map((s) => (
          <li key={s.id}>
            <button type="button" class="screens__one" onClick={() => pick(s.id)}>
              <Icon of={s.window ? AppWindow : Monitor} size={20} />
              <span class="screens__name" dir="auto">
                {s.window ? s.name : say.screen(number(++screens))}
              </span>
              <bdi class="soft">
                {s.width} × {s.height}
              </bdi>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

interface ScreensProps {
  snapshot: Snapshot;
  actions: Actions;
  attach: Host['attach'];
}

/** The other side's screen, large; of ours, that it is seen: a picture of it would be endless. */
export function Screens({ snapshot, actions, attach }: ScreensProps) {
  const say = panels().screens;
  const { run } = useAction(actions.shareScreen);
  const { sharing, other } = snapshot;
  const stop = run && (() => run(''));
  return (
    <>
      {other.sharing && (
        <Tile
          track="screen"
          name={say.theirs}
          attach={attach}
          covered={false}
          caption={say.coming}
        />
      )}
      {sharing.on && (
        <div class="sharing" role="status">
          {sharing.problem ? (
            <Notice
              kind="alert"
              sentence={{ what: say.problem[sharing.problem], next: '' }}
              dismiss={() => stop?.()}
            />
          ) : (
            <div class="sharing__told">
              <Icon of={ScreenShare} size={18} />
              <span>{sharing.asking ? say.asking : say.ours}</span>
              <Button kind="quiet" press={stop}>
                {say.stopShort}
              </Button>
            </div>
          )}
        </div>
      )}
    </>
  );
}
