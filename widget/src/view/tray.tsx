import { Component, createRef } from 'preact';
import type { Snapshot } from '../core/snapshot.ts';
import type { Upload } from '../core/uploads.ts';
import { Icon } from './icons.tsx';
import { reasonOf, type Ui } from './shell.ts';
import { sizeOf } from './time.ts';

/** The files that go with the next message: what each looks like, how far it is, and a way out for each. */
export function Tray({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { texts, client, shell } = ui;
  if (snap.uploads.length === 0 && !shell.state.tooManyFiles) return null;
  return (
    <div class="tray">
      {shell.state.tooManyFiles && (
        <div class="hint bad" role="alert">{texts.say('attachRoom', { n: client.uploads.rules.per_message_max })}</div>
      )}
      <ul aria-label={texts.say('attachments')}>
        {snap.uploads.map((upload) => <Chip key={upload.key} ui={ui} upload={upload} />)}
      </ul>
    </div>
  );
}

function Chip({ ui, upload }: { ui: Ui; upload: Upload }) {
  const { texts, client, shell } = ui;
  const { key, name, state, progress, reason, size } = upload;
  const words = { queued: 'uploading', sending: 'uploading', done: 'uploadDone', failed: 'uploadFailed' } as const;
  return (
    <li class={`upload is-${state}`} data-testid="upload" data-state={state}>
      <Thumbnail blob={upload.blob} />
      <div class="upload-words">
        <div class="upload-name" dir="auto">{name}</div>
        <div class="sr" role="status">{texts.say(words[state], { name })}</div>
        {state === 'failed'
          ? <div class="hint bad">{reasonOf(ui, reason, 'failed')}</div>
          : state === 'done' ? <div class="hint">{sizeOf(size, texts.language)}</div> : (
            <progress max={1} value={progress} aria-label={texts.say('uploading', { name })} />
          )}
      </div>
      {state === 'failed' && (
        <button
          type="button" class="round small-round" aria-label={texts.say('retryUpload', { name })} data-testid="upload-retry"
          onClick={() => client.uploads.retry(key)}
        >
          <Icon name="again" size={16} />
        </button>
      )}
      <button
        type="button" class="round small-round" aria-label={texts.say('cancelUpload', { name })} data-testid="upload-cancel" onClick={() => {
          client.uploads.cancel(key);
          shell.change({ tooManyFiles: false }, 'composer');
        }}
      >
        <Icon name="close" size={16} />
      </button>
    </li>
  );
}

const thumbnailPx = 80;

// Drawn onto a canvas, so that no address is needed that a page's policy would have to allow.
class Thumbnail extends Component<{ blob: Blob }> {
  #canvas = createRef<HTMLCanvasElement>();

  override componentDidMount(): void {
    if (!/^image\/(png|jpeg|gif|webp|avif)$/.test(this.props.blob.type)) return;
    void createImageBitmap(this.props.blob).then((picture) => {
      const canvas = this.#canvas.current;
      const scale = Math.max(thumbnailPx / picture.width, thumbnailPx / picture.height);
      const [width, height] = [picture.width * scale, picture.height * scale];
      canvas?.getContext('2d')?.drawImage(picture, (thumbnailPx - width) / 2, (thumbnailPx - height) / 2, width, height);
      canvas?.classList.add('is-drawn');
      picture.close();
    }).catch(() => {});
  }

  override render() {
    return (
      <span class="thumbnail" aria-hidden="true">
        <Icon name="file" size={20} />
        <canvas ref={this.#canvas} width={thumbnailPx} height={thumbnailPx} />
      </span>
    );
  }
}
