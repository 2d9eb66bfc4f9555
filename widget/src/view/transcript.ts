// The conversation as a file on the customer's own disk.

import type { Client } from '../core/client.ts';

export async function downloadTranscript({ server, links: { token } }: Client): Promise<void> {
  if (!token) return;
  try {
    const answer = await fetch(`${server}/v1/session/transcript?format=text`, {
      headers: { authorization: `Bearer ${token}` }, credentials: 'omit', cache: 'no-store',
    });
    if (!answer.ok) return;
    const url = URL.createObjectURL(await answer.blob());
    const link = document.createElement('a');
    link.href = url;
    link.download = `conversation-${new Date().toISOString().slice(0, 10)}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch {
    // Without a network there is none; the button is still there.
  }
}
