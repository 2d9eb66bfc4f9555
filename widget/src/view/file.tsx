import { Component } from 'preact';
import { safeHref, safeImage } from '../core/rich.ts';
import type { Attachment } from '../core/protocol.ts';
import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';
import { sizeOf } from './time.ts';

interface FileProps {
  ui: Ui;
  file: Attachment;
}

/** One file of a message. Pictures show themselves, others their name and size; both open in a window of their own.
 * A picture that the page's policy or the network keeps away becomes a name and a size, too. */
export class File extends Component<FileProps, { src: string | null; broken: boolean }> {
  override state = { src: null as string | null, broken: false };

  // The address that worked is kept: another one would load the same picture again.
  static override getDerivedStateFromProps({ ui, file }: FileProps, state: { src: string | null }) {
    if (state.src || (file.state ?? 'ready') !== 'ready') return null;
    return { src: ui.client.links.of(file) };
  }

  #open = (event: Event) => {
    const { ui, file } = this.props;
    if (ui.client.links.of(file)) return; // the address still opens
    event.preventDefault();
    void ui.client.links.fresh(file.id).then((url) => {
      const href = safeHref(url, ui.options.server);
      if (href) window.open(href, '_blank', 'noopener,noreferrer');
    });
  };

  override render({ ui, file }: FileProps) {
    const { texts, options: { server } } = ui;
    const { src, broken } = this.state;
    const size = sizeOf(file.size, texts.language);
    const states = { coming: 'fileComing', failed: 'fileFailed', gone: 'fileGone', ready: null } as const;
    const word = states[file.state ?? 'ready'];
    const href = word ? null : safeHref(src, server);
    const label = (
      <>
        <span class="thumbnail"><Icon name={file.state === 'gone' ? 'trash' : 'file'} size={20} /></span>
        <span class="file-words">
          <span class="file-name" dir="auto">{file.name}</span>
          <span class="hint">{word ? texts.say(word) : size}</span>
        </span>
      </>
    );
    if (!href) return <span class={`file ${file.state === 'coming' ? 'is-coming' : ''}`} data-testid="file" data-state={file.state ?? 'ready'}>{label}</span>;
    const picture = !broken && /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? safeImage(src, server) : null;
    return (
      <a
        class={picture ? 'picture-link' : 'file'} href={href} target="_blank" rel="noopener noreferrer nofollow" download={picture ? undefined : file.name}
        aria-label={picture ? texts.say('openFile', { name: file.name, size }) : undefined} data-testid="file" data-state="ready" onClick={this.#open}
      >
        {picture
          ? (
            <img
              class="picture" src={picture} alt={file.name} loading="lazy" width={file.width} height={file.height}
              onError={() => this.setState({ broken: true })}
            />
          )
          : label}
      </a>
    );
  }
}
