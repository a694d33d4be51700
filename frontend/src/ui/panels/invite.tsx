import Share from 'lucide/dist/esm/icons/share-2.mjs';
import type { Actions } from '../../host/host.ts';
import { panels } from '../../model/panels.ts';
import { label } from '../../model/words.ts';
import { useAction } from '../action.ts';
import { Button, CopyButton } from '../button.tsx';
import { Qr } from './qr.tsx';
import { Switch } from './switch.tsx';

interface Props {
  /** Missing where the room ID stands elsewhere on the screen. */
  room?: string;
  invite: string;
  actions: Actions;
  /** The switch's, while nobody has come; missing afterwards. */
  waitingRoom?: boolean;
}

/** Everything that brings the other person in: a code to scan, a link, an ID to say. */
export function Invite({ room, invite, actions, waitingRoom }: Props) {
  const link = /^https?:/.test(invite) ? invite : undefined;
  // A certificate of its own has only a Parley on the local network.
  const local = /[#&]cert=/.test(invite);
  const say = panels().invite;
  const { run: guard } = useAction(actions.setWaitingRoom);
  const share = useAction(actions.share);
  return (
    <div class="invite">
      {link && <Qr text={link} />}
      <div class="invite__words">
        <p class="soft">{link ? (local ? say.intro : say.anywhere) : say.byId}</p>
        {room && (
          <dl>
            <dt>{say.roomId}</dt>
            <dd>
              <code class="room-id" dir="ltr">
                {room}
              </code>
              <CopyButton name={label.copyRoomId} text={room} copy={actions.copy} />
            </dd>
          </dl>
        )}
        {link && (
          <>
            <p class="invite__link" dir="ltr">
              {link}
            </p>
            {share.run && (
              <Button kind="primary" icon={Share} press={() => share.run?.(link)} busy={share.busy}>
                {say.share}
              </Button>
            )}
            <CopyButton
              kind={share.run ? 'plain' : 'primary'}
              name={label.copyInvite}
              text={link}
              copy={actions.copy}
            >
              {label.copyInvite}
            </CopyButton>
          </>
        )}
        {guard && waitingRoom !== undefined && (
          <Switch
            on={waitingRoom}
            change={() => guard(!waitingRoom)}
            name={say.waitingRoom}
            why={say.waitingRoomWhy}
          />
        )}
      </div>
    </div>
  );
}
