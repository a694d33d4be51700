import Mic from 'lucide/dist/esm/icons/mic.mjs';
import MicOff from 'lucide/dist/esm/icons/mic-off.mjs';
import PhoneOff from 'lucide/dist/esm/icons/phone-off.mjs';
import Settings from 'lucide/dist/esm/icons/settings-2.mjs';
import SwitchCamera from 'lucide/dist/esm/icons/switch-camera.mjs';
import Video from 'lucide/dist/esm/icons/video.mjs';
import VideoOff from 'lucide/dist/esm/icons/video-off.mjs';
import type { ComponentChildren } from 'preact';
import type { Actions } from '../host/host.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { useAction } from './action.ts';
import { Round } from './button.tsx';
import { later } from './later.tsx';

const ShareScreen = later(() => import('./panels/screens.tsx').then((m) => m.ShareScreen));
const Float = later(() => import('./panels/float.tsx').then((m) => m.Float));

/** The two switches that exist before a call as well as in it. */
export function Switches({ snapshot, actions }: { snapshot: Snapshot; actions: Actions }) {
  const { microphone, camera } = snapshot;
  const setMicrophone = useAction(actions.setMicrophone);
  const setCamera = useAction(actions.setCamera);
  // A device that is wanted but does not run reads as off: pressing tries again.
  const mic = microphone.on && !microphone.problem;
  const cam = camera.on && !camera.problem;
  return (
    <>
      <Round
        name={mic ? label.mute : label.unmute}
        icon={mic ? Mic : MicOff}
        kind={mic ? 'glass' : 'alert'}
        shortcut={actions.shortcuts?.microphone}
        press={setMicrophone.run && (() => setMicrophone.run?.(!mic))}
      />
      <Round
        name={cam ? label.cameraTurnOff : label.cameraTurnOn}
        icon={cam ? Video : VideoOff}
        kind={cam ? 'glass' : 'alert'}
        shortcut={actions.shortcuts?.camera}
        press={setCamera.run && (() => setCamera.run?.(!cam))}
      />
    </>
  );
}

interface Props {
  snapshot: Snapshot;
  actions: Actions;
  openDevices?: (() => void) | undefined;
  /** More buttons. */
  children?: ComponentChildren;
}

/** The floating bar of a call. */
export function Controls({ snapshot, actions, openDevices, children }: Props) {
  const { run: hangUp } = useAction(actions.hangUp);
  const { run: switchCamera } = useAction(actions.switchCamera);
  return (
    <div class="bar" role="group" aria-label={label.controls}>
      <Switches snapshot={snapshot} actions={actions} />
      {actions.switchCamera && (
        <Round name={label.switchCamera} icon={SwitchCamera} press={switchCamera} />
      )}
      {actions.floatPicture && (
        <span class="round">
          <Float float={actions.floatPicture} snapshot={snapshot} />
        </span>
      )}
      {actions.shareScreen && (
        <span class="round">
          <ShareScreen
            sharing={snapshot.sharing}
            seen={snapshot.other.showsScreens}
            actions={actions}
          />
        </span>
      )}
      {openDevices && <Round name={label.devices} icon={Settings} press={openDevices} />}
      {children}
      <Round
        name={label.hangUp}
        icon={PhoneOff}
        kind="danger"
        shortcut={actions.shortcuts?.hangUp}
        press={hangUp}
      />
    </div>
  );
}
