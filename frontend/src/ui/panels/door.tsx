import DoorOpen from 'lucide/dist/esm/icons/door-open.mjs';
import Hand from 'lucide/dist/esm/icons/hand.mjs';
import UserRound from 'lucide/dist/esm/icons/user-round.mjs';
import PhoneOff from 'lucide/dist/esm/icons/phone-off.mjs';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Actions } from '../../host/host.ts';
import { bytesOf, cleanName, largest, sizeOf } from '../../model/panels/knock.ts';
import { panels } from '../../model/panels.ts';
import type { Knock, Snapshot } from '../../model/snapshot.ts';
import { useAction } from '../action.ts';
import { Button } from '../button.tsx';
import { Icon } from '../icon.tsx';
import { adopt } from '../adopt.ts';
import css from './door.css?inline';
import { Switch } from './switch.tsx';

adopt(css);

const side = 160; // px: of a picture, the longer side
const widest = 320; // px: that is decoded

interface Props {
  snapshot: Snapshot;
  actions: Actions;
}

/** Between connecting and the call: one lets in, the other says who they are and waits. */
export function Door({ snapshot, actions }: Props) {
  const { role, knock = {} } = snapshot;
  if (role === 'caller') return <LetIn knock={knock} actions={actions} />;
  return knock.name ? <Waits knock={knock} /> : <Ask actions={actions} />;
}

/** A part of the room that has come up: it takes the focus, so that a screen reader reads it. */
function Card({ title, children }: { title: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="card door" aria-labelledby={id}>
      <h2 id={id} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  );
}

function LetIn({ knock, actions }: { knock: Knock; actions: Actions }) {
  const letIn = useAction(actions.letIn);
  const decline = useAction(actions.hangUp);
  const say = panels().door;
  return (
    <Card title={say.knocks}>
      <div class="door__who" role="status">
        <Face knock={knock} />
        <bdi>{knock.name ?? say.someone}</bdi>
      </div>
      <p class="soft">{say.claims}</p>
      <div class="dialog__choice">
        <Button kind="primary" icon={DoorOpen} press={letIn.run} busy={letIn.busy}>
          {say.letIn}
        </Button>
        <Button icon={PhoneOff} press={decline.run}>
          {say.decline}
        </Button>
      </div>
    </Card>
  );
}

const remembered = 'parley.name';

function Ask({ actions }: { actions: Actions }) {
  const [text, setText] = useState(recall);
  const [picture, setPicture] = useState<string>();
  const { run, busy } = useAction(actions.knock);
  const id = useId();
  const say = panels().door;
  const name = cleanName(text);
  const press = run && name ? () => run(picture ? { name, picture } : { name }) : undefined;
  return (
    <Card title={say.ask}>
      <p class="soft">{say.why}</p>
      <form
        class="join"
        onSubmit={(e) => {
          e.preventDefault();
          if (busy || !press) return;
          remember(name);
          press();
        }}
      >
        <label for={id}>{say.name}</label>
        <input
          id={id}
          type="text"
          dir="auto"
          value={text}
          maxLength={80}
          autocomplete="name"
          enterkeyhint="go"
          onInput={(e) => setText(e.currentTarget.value)}
        />
        <Button submit kind="primary" icon={Hand} press={press} busy={busy}>
          {say.knock}
        </Button>
      </form>
      <Switch
        on={picture !== undefined}
        change={(box) => {
          const taken = box.checked ? still() : Promise.resolve(undefined);
          void taken.then((jpeg) => {
            setPicture(jpeg);
            box.checked = jpeg !== undefined; // without a camera there is none
          });
        }}
        name={say.withPicture}
        why={say.withPictureWhy}
      />
      {picture && <Face knock={{ name: say.you, picture }} />}
    </Card>
  );
}

function Waits({ knock }: { knock: Knock }) {
  const say = panels().door;
  return (
    <Card title={say.waits}>
      <div class="door__who">
        <Face knock={knock} />
        <bdi>{knock.name}</bdi>
      </div>
      <p class="soft">{say.waitsWhy}</p>
    </Card>
  );
}

/**
 * Somebody's picture, or a placeholder. It is drawn, not loaded: so the page's
 * policy need not allow pictures from anywhere, and a size that is not a small
 * one is not decoded.
 */
function Face({ knock: { name, picture } }: { knock: Knock }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    let over = false;
    setShown(false);
    if (picture)
      void decode(picture).then((image) => {
        const context = canvas.current?.getContext('2d');
        if (!image || !context || over) return;
        // The middle of it, as a square.
        const least = Math.min(image.width, image.height);
        const [x, y] = [(image.width - least) / 2, (image.height - least) / 2];
        context.drawImage(image, x, y, least, least, 0, 0, side, side);
        image.close();
        setShown(true);
      });
    return () => void (over = true);
  }, [picture]);
  return (
    <span class="avatar door__face">
      <canvas
        ref={canvas}
        width={side}
        height={side}
        role="img"
        aria-label={panels().door.picture(name ?? panels().door.someone)}
        hidden={!shown}
      />
      {!shown && <Icon of={UserRound} size={40} />}
    </span>
  );
}

async function decode(picture: string): Promise<ImageBitmap | undefined> {
  const jpeg = bytesOf(picture);
  const size = jpeg && sizeOf(jpeg);
  if (!jpeg || !size || size.width > widest || size.height > widest) return undefined;
  const image = new Blob([jpeg], { type: 'image/jpeg' });
  return createImageBitmap(image).catch(() => undefined);
}

/** A still picture of our camera as a JPEG in base64; undefined while there is none. */
async function still(): Promise<string | undefined> {
  const source = document.querySelector<HTMLVideoElement | HTMLCanvasElement>(
    '.tile--local :is(video, canvas)',
  );
  if (!source) return undefined;
  const [width, height] =
    source instanceof HTMLVideoElement
      ? [source.videoWidth, source.videoHeight]
      : [source.width, source.height];
  if (width === 0 || height === 0) return undefined;
  const canvas = document.createElement('canvas');
  const scale = side / Math.max(width, height);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height);
  for (const quality of [0.8, 0.5, 0.2]) {
    const jpeg = await new Promise<Blob | null>((done) =>
      canvas.toBlob(done, 'image/jpeg', quality),
    );
    if (jpeg?.type !== 'image/jpeg' || jpeg.size > largest) continue;
    return btoa(String.fromCharCode(...new Uint8Array(await jpeg.arrayBuffer())));
  }
  return undefined;
}

// A browser may forbid to remember.
function recall(): string {
  try {
    return cleanName(localStorage.getItem(remembered) ?? '');
  } catch {
    return '';
  }
}

function remember(name: string): void {
  try {
    localStorage.setItem(remembered, name);
  } catch {
    // Then it is typed again.
  }
}
