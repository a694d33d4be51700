import QrCode from 'lucide/dist/esm/icons/qr-code.mjs';
import Plus from 'lucide/dist/esm/icons/plus.mjs';
import { isLive } from '../model/snapshot.ts';
import { label } from '../model/words.ts';
import { useAction } from '../ui/action.ts';
import type { HomeProps } from '../ui/app.tsx';
import { Brand } from '../ui/brand.tsx';
import { Button } from '../ui/button.tsx';
import { Switches } from '../ui/controls.tsx';
import { Heading } from '../ui/heading.tsx';
import { JoinForm } from '../ui/join.tsx';
import { SelfView } from '../ui/tile.tsx';

/** The phone's first screen: one thing to press, and why the browser will ask. */
export function home(room: string) {
  return function Home({ host, snapshot, notice }: HomeProps) {
    const create = useAction(host.createRoom);
    const byHand = useAction(host.createByHand);
    return (
      <main class="phone">
        <Brand />
        <section class="phone__ask">
          <Heading>{room ? label.phoneTitle : label.phoneTitleAlone}</Heading>
          <p class="soft">{snapshot.preview ? label.phoneReady : label.phoneWhy}</p>
          {notice}
          {snapshot.preview && (
            <SelfView snapshot={snapshot} attach={host.attach} mirrored={host.mirrored.value} />
          )}
        </section>
        <section class="phone__act">
          <div class="phone__switches">
            <Switches snapshot={snapshot} actions={host} />
          </div>
          <JoinForm actions={host} text={room} primary joining={isLive(snapshot.state)} />
          {host.createRoom && room === '' && (
            <>
              <p class="or">{label.phoneOr}</p>
              <Button icon={Plus} press={create.run && (() => create.run?.())} busy={create.busy}>
                {label.createRoom}
              </Button>
              {byHand.run && (
                <Button kind="quiet" icon={QrCode} press={() => byHand.run?.()} busy={byHand.busy}>
                  {label.createByHand}
                </Button>
              )}
            </>
          )}
        </section>
      </main>
    );
  };
}
