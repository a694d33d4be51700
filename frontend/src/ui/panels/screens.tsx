import AppWindow from 'lucide/dist/esm/icons/app-window.mjs';
import Monitor from 'lucide/dist/esm/icons/monitor.mjs';
import ScreenShare from 'lucide/dist/esm/icons/screen-share.mjs';
import ScreenShareOff from 'lucide/dist/esm/icons/screen-share-off.mjs';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Actions, Host, ScreenInfo, ScreenList } from '../../host/host.ts';
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
  /** The other side's user would see it. */
  seen: boolean;
  actions: Actions;
}

/** Begins to share a screen, or ends it. What did not work, or is gone, reads as ended. */
export function ShareScreen({ sharing, seen, actions }: ShareProps) {
  const say = panels().screens;
  const { run } = useAction(seen || sharing.on ? actions.shareScreen : undefined);
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
      {found && actions.screens && (
        <Dialog title={say.share} close={() => setFound(undefined)}>
          <Picker found={found} list={actions.screens} pick={begin} />
        </Dialog>
      )}
    </>
  );
}

interface PickerProps {
  found: ScreenList;
  list: () => Promise<ScreenList>;
  pick: (id: string) => void;
}

function Picker({ found, list, pick }: PickerProps) {
  const say = panels().screens;
  const box = useRef<HTMLUListElement>(null);
  const [shown, setShown] = useState<Shown[]>(found.screens);
  useEffect(() => {
    if (found.problem) return undefined;
    return watch(list, (screens) => {
      growDown(box.current?.closest('dialog'));
      setShown((before) => inPlace(before, screens));
    });
  }, [list, found.problem]);
  if (found.problem) return <p>{say.problem[found.problem]}</p>;
  let screens = 0;
  return (
    <>
      <p class="soft">{say.whole}</p>
      <ul class="screens" ref={box}>
        {shown.map((s) => (
          <li key={s.id}>
            <button
              type="button"
              class="screens__one"
              disabled={s.closed === true}
              onClick={() => pick(s.id)}
            >
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

const lookAgain = 1_000; // ms

/** Tells of what there is to share, again and again until the function it returns is called. */
function watch(list: () => Promise<ScreenList>, tell: (screens: ScreenInfo[]) => void): () => void {
  let over = false;
  let asking = false;
  const look = async () => {
    if (asking) return;
    asking = true;
    const now = await list().catch(() => undefined);
    asking = false;
    if (now && !now.problem && !over) tell(now.screens);
  };
  const timer = setInterval(() => void look(), lookAgain);
  return () => {
    over = true;
    clearInterval(timer);
  };
}

/** Leaves the top of a dialog where it is, which stands in the middle otherwise. */
function growDown(dialog: HTMLElement | null | undefined): void {
  if (!dialog) return;
  const { top } = dialog.getBoundingClientRect();
  dialog.style.marginBlockStart = `${top}px`;
  dialog.style.maxHeight = `calc(100dvh - 16px - ${top}px)`;
}

type Shown = ScreenInfo & { closed?: boolean };

/**
 * What is shown with what there is now. Nothing moves, or another window than the one
 * that was pointed at would be shared: what has come stands at the end, and what was
 * closed stays where it is as long as something is below it.
 */
function inPlace(before: Shown[], now: ScreenInfo[]): Shown[] {
  const there = new Map(now.map((s) => [s.id, s]));
  const known = new Set(before.map(({ id }) => id));
  const all: Shown[] = [
    ...before.map((s) => there.get(s.id) ?? { ...s, closed: true }),
    ...now.filter(({ id }) => !known.has(id)),
  ];
  return all.slice(0, all.findLastIndex(({ closed }) => !closed) + 1);
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
