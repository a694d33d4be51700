import Shield from 'lucide/dist/esm/icons/shield.mjs';
import ShieldCheck from 'lucide/dist/esm/icons/shield-check.mjs';
import { useState } from 'preact/hooks';
import type { Actions } from '../../host/host.ts';
import type { Trust as Known } from '../../model/snapshot.ts';
import { panels } from '../../model/panels.ts';
import { useAction } from '../action.ts';
import { Button, Round } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { adopt } from '../adopt.ts';
import css from './trust.css?inline';

adopt(css);

export interface TrustProps {
  trust: Known;
  setVerified: Actions['setVerified'];
}

/** The words that two people compare to know that nobody is in between, behind a button. */
export function Trust({ trust, setVerified }: TrustProps) {
  const [open, setOpen] = useState(false);
  const { run } = useAction(setVerified);
  const close = () => setOpen(false);
  const say = panels().trust;
  const name = trust.verified ? say.compared : say.title;
  return (
    <>
      <Round
        name={name}
        icon={trust.verified ? ShieldCheck : Shield}
        kind={trust.swapped ? 'alert' : 'glass'}
        press={() => setOpen(true)}
      />
      {open && (
        <Dialog title={name} close={close}>
          {trust.words ? (
            <>
              <p>{say.intro}</p>
              {/* English in every language: both sides have to see the same. */}
              <ol class="trust" lang="en" dir="ltr" translate={false}>
                {trust.words.split(' ').map((word, i) => (
                  <li key={i}>{word}</li>
                ))}
              </ol>
              <p>{say.differ}</p>
              <div class="dialog__choice">
                <Button
                  kind={trust.verified ? 'plain' : 'primary'}
                  press={
                    run &&
                    (() => {
                      run(!trust.verified);
                      close();
                    })
                  }
                >
                  {trust.verified ? say.notSame : say.same}
                </Button>
              </div>
            </>
          ) : (
            <p>{say.none}</p>
          )}
        </Dialog>
      )}
    </>
  );
}
