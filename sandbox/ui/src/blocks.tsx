// Block Kit as a channel, a modal or the Home tab shows it. A block of a kind this page does not know shows its text,
// never nothing.

import { block_of, blocks_of, Picture, PlainText, Text, text_of } from './block_text.tsx';
import { Control, type Place } from './controls.tsx';
import { parse_inline } from './mrkdwn.ts';
import { Inlines, Paragraphs } from './rich.tsx';
import { parse_markdown, parse_rich_text } from './rich_text.ts';
import type { Block } from './types.ts';

export { PlainText } from './block_text.tsx';

export function Blocks({ blocks, place }: { blocks: Block[]; place: Place }) {
  return (
    <div class="blocks">
      {blocks.map((block, index) => (
        <OneBlock key={text_of(block['block_id']) || index} block={block} place={place} />
      ))}
    </div>
  );
}

function OneBlock({ block, place }: { block: Block; place: Place }) {
  const id = text_of(block['block_id']);
  switch (block['type']) {
    case 'header':
      return <p class="block-header"><PlainText text={text_of(block_of(block['text'])?.['text'])} /></p>;
    case 'section':
      return <Section block={block} place={place} />;
    case 'context':
      return (
        <div class="block-context">
          {blocks_of(block['elements']).map((element, index) =>
            element['type'] === 'image'
              ? <Picture key={index} element={element} small />
              : <div key={index}><Text value={element} /></div>,
          )}
        </div>
      );
    case 'actions':
    case 'context_actions':
      return (
        <div class="block-actions">
          {blocks_of(block['elements']).map((element, index) => (
            <Control key={text_of(element['action_id']) || index} element={element} block_id={id} place={place} />
          ))}
        </div>
      );
    case 'divider':
      return <hr />;
    case 'rich_text':
      return <Paragraphs nodes={parse_rich_text(block)} />;
    case 'markdown':
      return <Paragraphs nodes={parse_markdown(text_of(block['text']))} />;
    case 'image':
      return <Picture element={block} />;
    default:
      return <p><PlainText text={text_of(block_of(block['text'])?.['text']) || text_of(block['text'])} /></p>;
  }
}

function Section({ block, place }: { block: Block; place: Place }) {
  const fields = blocks_of(block['fields']);
  const accessory = block_of(block['accessory']);
  return (
    <div class="block-section">
      <div class="block-section-main">
        {block['text'] && <Text value={block['text']} />}
        {fields.length > 0 && (
          <div class="block-fields">
            {fields.map((field, index) => <div key={index}><Text value={field} /></div>)}
          </div>
        )}
      </div>
      {accessory && <Control element={accessory} block_id={text_of(block['block_id'])} place={place} />}
    </div>
  );
}

export function Attachments({ attachments, place }: { attachments: Block[]; place: Place }) {
  return (
    <>
      {attachments.map((attachment, index) => (
        <div class="attachment" key={index}>
          {attachment['title'] && <strong><PlainText text={text_of(attachment['title'])} /></strong>}
          {blocks_of(attachment['blocks']).length > 0
            ? <Blocks blocks={blocks_of(attachment['blocks'])} place={place} />
            : <p><Inlines nodes={parse_inline(text_of(attachment['text']) || text_of(attachment['fallback']))} /></p>}
        </div>
      ))}
    </>
  );
}
