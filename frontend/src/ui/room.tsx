import Activity from 'lucide/dist/esm/icons/activity.mjs';
import PhoneOff from 'lucide/dist/esm/icons/phone-off.mjs';
import QrCode from 'lucide/dist/esm/icons/qr-code.mjs';
import Refresh from 'lucide/dist/esm/icons/refresh-cw.mjs';
import Volume from 'lucide/dist/esm/icons/volume-2.mjs';
import { useEffect, useState } from 'preact/hooks';
import type { Actions, Host } from '../host/host.ts';
import type { Failure, Snapshot } from '../model/snapshot.ts';
import { quality, type History } from '../model/history.ts';
import { label, words } from '../model/words.ts';
import { useAction } from './action.ts';
import { Button, CopyButton, Round } from './button.tsx';
import { Controls } from './controls.tsx';
import { Dialog } from './dialog.tsx';
import { Heading } from './heading.tsx';
import { Icon } from './icon.tsx';
import { later } from './later.tsx';
import { Problems } from './problems.tsx';
import { Status } from './status.tsx';
import { SelfView, Tile } from './tile.tsx';

const ByHand = later(() => import('./panels/byhand.tsx').then((m) => m.ByHand));
const ChatPanel = later(() => import('./panels/chat.tsx').then((m) => m.ChatPanel));
const Details = later(() => import('./panels/details.tsx').then((m) => m.Details));
const DevicePanel = later(() => import('./panels/devices.tsx').then((m) => m.DevicePanel));
const Door = later(() => import('./panels/door.tsx').then((m) => m.Door));
const Invite = later(() => import('./panels/invite.tsx').then((m) => m.Invite));
const Quiet = later(() => import('./panels/quiet.tsx').then((m) => m.Quiet), true);
const Screens = later(() => import('./panels/screens.tsx').then((m) => m.Screens));
const Trust = later(() => import('./panels/trust.tsx').then((m) => m.Trust), true);
// The largest that each call shows is fetched last: who joins meanwhile has the others.
const ChatButton = later(() => import('./panels/chat.tsx').then((m) => m.ChatButton), true);

export interface RoomProps {
  snapshot: Snapshot;
  history: History;
  actions: Actions;
  attach: Host['attach'];
  mirrored: boolean;
  failure: Failure | undefined;
  dismissFailure: () => void;
}

/** The screen of a call under way. */
export function Room(props: RoomProps) {
  const { snapshot, history, actions, attach, mirrored } = props;
  const { state, role, room, invite, camera, other } = snapshot;
  const [open, setOpen] = useState<'invite' | 'devices' | 'details' | 'chat'>();
  const { run: hear } = useAction(actions.tapToHear);
  const close = () => setOpen(undefined);
  useEffect(() => {
    if (open !== 'details' && open !== 'chat') return undefined; // the others are dialogs, which Escape closes
    const escape = (e: KeyboardEvent) => e.key === 'Escape' && setOpen(undefined);
    addEventListener('keydown', escape);
    return () => removeEventListener('keydown', escape);
  }, [open]);
  const inCall = state === 'connected' || state === 'reconnecting';
  const code = inCall || (role === 'caller' && state !== 'waiting') ? undefined : snapshot.code;
  const inviting =
    code !== undefined || (role === 'caller' && state === 'waiting' && room !== undefined);
  const knocking = state === 'knocking';
  const chat = inCall ? actions.chat : undefined;
  const toggleChat = () => setOpen(open === 'chat' ? undefined : 'chat');
  const stopped =
    state === 'reconnecting'
      ? words.state.reconnecting
      : other.cameraOn && other.paused
        ? label.theirsPaused
        : undefined;
  const caption = !inCall
    ? state === 'preparing' && snapshot.asking
      ? label.slow
      : words.state[state]
    : (stopped ?? (other.cameraOn ? label.noPicture : label.cameraOff));
  return (
    <main
      class="room"
      data-state={state}
      data-inviting={inviting || knocking}
      data-open={open}
      data-screen={inCall && other.sharing}
    >
      <Heading hidden>{label.call}</Heading>
      {inviting ? (
        <section class="waiting">
          <div class="card">
            <h2>{code === undefined ? label.invite : label.byHand}</h2>
            {code !== undefined && role ? (
              <ByHand role={role} code={code} actions={actions} />
            ) : (
              room && (
                <Invite
                  room={room}
                  invite={invite ?? room}
                  actions={actions}
                  waitingRoom={snapshot.waitingRoom}
                />
              )
            )}
          </div>
        </section>
      ) : knocking ? (
        <div class="waiting">
          <Door snapshot={snapshot} actions={actions} />
        </div>
      ) : (
        <Tile
          key="remote"
          track="remote"
          name={label.otherPerson}
          attach={attach}
          covered={!inCall || !other.cameraOn}
          caption={caption}
          muted={inCall && !other.microphoneOn}
          quality={state === 'connected' && !camera.paused ? quality(history) : undefined}
          veil={stopped}
          busy={state === 'reconnecting'}
        />
      )}
      <SelfView key="local" snapshot={snapshot} attach={attach} mirrored={mirrored} />
      {inCall && (other.sharing || snapshot.sharing.on) && (
        <Screens snapshot={snapshot} actions={actions} attach={attach} />
      )}
      <div class="room__top">
        <Status state={state} />
        <span class="room__side">
          {inCall && history.length > 0 && (
            <Round
              name={label.details}
              icon={Activity}
              expanded={open === 'details'}
              press={() => setOpen(open === 'details' ? undefined : 'details')}
            />
          )}
          {inCall && <Trust trust={snapshot.trust} setVerified={actions.setVerified} />}
          {room && !inviting && (
            <span class="chip">
              <code dir="ltr">{room}</code>
              <CopyButton name={label.copyRoomId} text={room} copy={actions.copy} />
              {invite && invite !== room && (
                <button
                  type="button"
                  class="copy"
                  aria-label={label.showInvite}
                  title={label.showInvite}
                  onClick={() => setOpen('invite')}
                >
                  <Icon of={QrCode} size={18} />
                </button>
              )}
            </span>
          )}
        </span>
      </div>
      {open === 'details' && (
        <Details history={history} dataSaver={snapshot.dataSaver} actions={actions} />
      )}
      <Problems snapshot={snapshot} failure={props.failure} dismissFailure={props.dismissFailure} />
      {actions.tapToHear && (
        <div class="room__hear">
          <Button kind="primary" icon={Volume} press={hear}>
            {label.tapToHear}
          </Button>
        </div>
      )}
      <Controls
        snapshot={snapshot}
        actions={actions}
        openDevices={actions.checkDevices && (() => setOpen('devices'))}
      >
        {'chat' in actions && (
          <span class="round">
            <ChatButton chat={chat} open={open === 'chat'} toggle={toggleChat} />
          </span>
        )}
      </Controls>
      {chat && open === 'chat' && <ChatPanel chat={chat} toggle={toggleChat} />}
      {state === 'connected' && (
        <Quiet snapshot={snapshot} said={actions.chat?.entries.value.length ?? 0} />
      )}
      {open === 'invite' && invite && !inviting && (
        <Dialog title={label.invite} close={close}>
          <Invite invite={invite} actions={actions} />
        </Dialog>
      )}
      {inCall && snapshot.asking && <StillAway actions={actions} />}
      {open === 'devices' && (
        <Dialog title={label.devices} close={close}>
          <DevicePanel actions={actions} snapshot={snapshot} mirrored={mirrored} />
        </Dialog>
      )}
    </main>
  );
}

/**
 * The question after half a minute without the other side. To close it is to
 * keep trying: Escape hangs nobody up.
 */
function StillAway({ actions }: { actions: Actions }) {
  const { run: keepTrying } = useAction(actions.keepTrying);
  const { run: hangUp } = useAction(actions.hangUp);
  return (
    <Dialog title={label.stillAway} close={() => keepTrying?.()}>
      <p>{label.stillAwayWhy}</p>
      <div class="dialog__choice">
        <Button kind="primary" icon={Refresh} press={keepTrying}>
          {label.keepTrying}
        </Button>
        <Button icon={PhoneOff} press={hangUp}>
          {label.hangUp}
        </Button>
      </div>
    </Dialog>
  );
}
