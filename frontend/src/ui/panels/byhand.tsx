import type { Actions } from '../../host/host.ts';
import type { Role } from '../../model/snapshot.ts';
import { panels } from '../../model/panels.ts';
import { CopyButton } from '../button.tsx';
import { Qr } from './qr.tsx';
import { PastedForm } from '../join.tsx';

interface Props {
  role: Role;
  code: string;
  actions: Actions;
}

/** What the two people carry between them: our code, and a place for the other side's. */
export function ByHand({ role, code, actions }: Props) {
  const say = panels().byHand;
  return (
    <div class="invite by-hand">
      <Qr text={code} name={say.qr} />
      <div class="invite__words">
        <p class="soft">{role === 'caller' ? say.intro : say.back}</p>
        <p class="invite__link" dir="ltr">
          {code}
        </p>
        <CopyButton kind="primary" name={say.copy} text={code} copy={actions.copy}>
          {say.copy}
        </CopyButton>
        {role === 'caller' && (
          <PastedForm
            take={actions.enterCode}
            scan={actions.scan}
            name={say.theirs}
            example={say.theirsExample}
            button={say.enter}
          />
        )}
      </div>
    </div>
  );
}
