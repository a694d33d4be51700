import Settings from 'lucide/dist/esm/icons/settings.mjs';
import QrCode from 'lucide/dist/esm/icons/qr-code.mjs';
import Sliders from 'lucide/dist/esm/icons/settings-2.mjs';
import Plus from 'lucide/dist/esm/icons/plus.mjs';
import Stethoscope from 'lucide/dist/esm/icons/stethoscope.mjs';
import { useState } from 'preact/hooks';
import { desktop } from '../model/desktop.ts';
import { isLive } from '../model/snapshot.ts';
import { both, label, words } from '../model/words.ts';
import { useAction } from '../ui/action.ts';
import type { HomeProps } from '../ui/app.tsx';
import { Brand } from '../ui/brand.tsx';
import { Button } from '../ui/button.tsx';
import { Switches } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Doctor } from '../ui/doctor.tsx';
import { Heading } from '../ui/heading.tsx';
import { Icon } from '../ui/icon.tsx';
import { JoinForm } from '../ui/join.tsx';
import { later } from '../ui/later.tsx';
import { Tile } from '../ui/tile.tsx';
import { Invited } from './invited.tsx';
import { keys } from './keys.ts';
import { Newer } from './newer.tsx';
import { Rejoin } from './rejoin.tsx';
import { settingsOpen } from './settings.tsx';

const DevicePanel = later(() => import('../ui/panels/devices.tsx').then((m) => m.DevicePanel));

/** The desktop's first screen: create, join, and a look in the mirror before. */
export function Home({ host, snapshot, notice }: HomeProps) {
  const create = useAction(host.createRoom);
  const byHand = useAction(host.createByHand);
  const preview = useAction(host.preview);
  const [examining, setExamining] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const { camera } = snapshot;
  const shown = snapshot.preview && camera.on && !camera.problem;
  const problem = snapshot.preview && camera.on && camera.problem;
  return (
    <main class="home">
      <div class="home__top">
        <Brand />
        {host.settings && (
          <button
            type="button"
            class="copy"
            aria-label={desktop().settings.title}
            aria-keyshortcuts="Control+Comma"
            title={`${desktop().settings.title} (${keys.settings})`}
            onClick={() => {
              settingsOpen.value = true;
            }}
          >
            <Icon of={Settings} size={22} />
          </button>
        )}
      </div>
      <section class="home__start">
        <Heading>{desktop().home}</Heading>
        <p class="soft">{desktop().homeIntro}</p>
        {notice}
        <Newer host={host} />
        <Invited host={host} />
        <Rejoin host={host} />
        <Button
          kind="primary"
          icon={Plus}
          press={create.run && (() => create.run?.())}
          busy={create.busy}
        >
          {label.createRoom}
        </Button>
        <p class="or">{desktop().or}</p>
        <JoinForm actions={host} joining={isLive(snapshot.state)} />
        {byHand.run && (
          <Button kind="quiet" icon={QrCode} press={() => byHand.run?.()} busy={byHand.busy}>
            {label.createByHand}
          </Button>
        )}
      </section>
      <section class="home__preview" aria-label={desktop().preview}>
        <Tile
          track="local"
          name={label.you}
          attach={host.attach}
          covered={!shown}
          caption={
            problem
              ? both(words.code[problem])
              : shown
                ? label.previewStarting
                : camera.on
                  ? desktop().previewIntro
                  : label.cameraOff
          }
          mirrored={host.mirrored.value}
          muted={!snapshot.microphone.on}
        >
          <div class="bar">
            <Switches snapshot={snapshot} actions={host} />
            <Button kind="quiet" press={preview.run && (() => preview.run?.(!snapshot.preview))}>
              {snapshot.preview ? desktop().stopPreview : desktop().startPreview}
            </Button>
          </div>
        </Tile>
        <div class="home__tools">
          {host.checkDevices && (
            <Button kind="quiet" icon={Sliders} press={() => setChoosing(true)}>
              {label.devices}
            </Button>
          )}
          {host.examine && (
            <Button kind="quiet" icon={Stethoscope} press={() => setExamining(true)}>
              {desktop().examine}
            </Button>
          )}
        </div>
        {choosing && (
          <Dialog title={label.devices} close={() => setChoosing(false)}>
            <DevicePanel actions={host} snapshot={snapshot} mirrored={host.mirrored.value} />
          </Dialog>
        )}
        {examining && <Doctor examine={host.examine} close={() => setExamining(false)} />}
      </section>
    </main>
  );
}
