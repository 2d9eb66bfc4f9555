// Files in messages, and the ones that wait to be sent.

import { Icon } from './icons.tsx';
import { safe_href } from './mrkdwn.ts';
import type { Message, SharedFile } from './types.ts';
import { use_workspace, words_of } from './workspace.ts';

export function size_words(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function SharedFiles({ message }: { message: Message }) {
  if (!message.files?.length) return null;
  return (
    <div class="files">
      {message.files.map((file) => <OneFile key={file.id} file={file} />)}
    </div>
  );
}

function OneFile({ file }: { file: SharedFile }) {
  const { act, me, tell } = use_workspace();
  if (file.mode === 'tombstone') return <p class="file gone" data-testid="file">This file was deleted.</p>;
  const remove = async () => {
    const outcome = await act('delete_file', { user: me.id, file: file.id });
    if (!outcome.ok) tell(words_of(outcome));
  };
  const title = file.title || file.name || 'File';
  const url = file.url?.startsWith('/') ? file.url : safe_href(file.url ?? '');
  const picture = file.mode === 'hosted' && /^image\/(png|jpeg|gif|webp|svg\+xml)$/.test(file.mimetype ?? '');
  return (
    <figure class="file" data-testid="file" data-mode={file.mode}>
      {picture && url && (
        <a href={url} target="_blank" rel="noopener noreferrer">
          <img src={url} alt={file.alt_text || title} width={file.width} height={file.height} loading="lazy" />
        </a>
      )}
      {file.mode === 'snippet' && <pre>{file.preview}</pre>}
      <figcaption>
        <span class="file-icon" aria-hidden="true"><Icon name="file" /></span>
        <span class="file-words">
          {url ? <a href={url} download={file.mode === 'external' ? undefined : file.name} target="_blank" rel="noopener noreferrer">{title}</a> : title}
          <small>
            {file.mode === 'external' ? 'On another site' : `${file.pretty_type || 'Being processed'} · ${size_words(file.size ?? 0)}`}
            {file.mode === 'file_access' && ' · the app must ask for it'}
          </small>
        </span>
        {file.user === me.id && (
          <button type="button" class="tool danger" aria-label={`Delete ${title}`} title="Delete file" onClick={() => void remove()}><Icon name="trash" /></button>
        )}
      </figcaption>
    </figure>
  );
}

export interface WaitingFile {
  name: string;
  size: number;
  content_base64: string;
}

export async function read_files(list: Iterable<File>): Promise<WaitingFile[]> {
  return Promise.all([...list].map(async (file) => ({ name: file.name, size: file.size, content_base64: await to_base64(file) })));
}

function to_base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(file);
  });
}
