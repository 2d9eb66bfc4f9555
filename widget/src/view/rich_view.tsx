// Pieces → elements. The only place where words of others become DOM, and every node is made by tag from a closed list.

import type { ComponentChildren } from 'preact';
import { piecesOfPlain, piecesOfRich, type Piece } from '../core/rich.ts';
import type { RichNode } from '../core/protocol.ts';

export function RichText({ text, rich }: { text: string; rich?: RichNode[] | undefined }) {
  const pieces = piecesOfRich(rich);
  if (pieces.length > 0) return <div class="rich">{draw(pieces)}</div>;
  return <div class="rich plain">{draw(piecesOfPlain(text))}</div>;
}

function draw(pieces: readonly Piece[]): ComponentChildren {
  return pieces.map((piece) => {
    if (typeof piece === 'string') return piece;
    if (piece.tag === 'br') return <br />;
    if ('href' in piece) {
      return (
        <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
          {draw(piece.children)}
          {piece.host && <span class="real-host"> ({piece.host})</span>}
        </a>
      );
    }
    if (!('children' in piece)) return null;
    const Tag = piece.tag as 'p';
    // Only a wide block of code scrolls by itself, so only it must be reachable by keyboard.
    return piece.tag === 'pre' ? <pre tabIndex={0}>{draw(piece.children)}</pre> : <Tag>{draw(piece.children)}</Tag>;
  });
}
