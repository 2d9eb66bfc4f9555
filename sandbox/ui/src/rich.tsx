// The tree of mrkdwn.ts as elements.

import { Fragment, type ComponentChildren } from 'preact';
import type { Inline, Paragraph } from './mrkdwn.ts';
import { hash_of } from './route.ts';
import { channel_name, use_workspace, user_name } from './workspace.ts';

export function Emoji({ name, unicode }: { name: string; unicode?: string | undefined }) {
  const { emoji } = use_workspace();
  const picture = unicode || emoji[name.split('::')[0]!];
  if (!picture) return <>{`:${name}:`}</>;
  return (
    <span class="emoji" role="img" aria-label={name.replace(/_/g, ' ')} title={`:${name}:`}>
      {picture}
    </span>
  );
}

function User({ id, label }: { id: string; label: string }) {
  const { state, me } = use_workspace();
  const name = user_name(state, id) || label || id;
  return <span class={id === me.id ? 'mention mine' : 'mention'}>@{name}</span>;
}

function ChannelLink({ id, label }: { id: string; label: string }) {
  const { state } = use_workspace();
  const name = channel_name(state, id) || label;
  return name ? <a class="mention" href={hash_of(name)}>#{name}</a> : <span class="mention">#private-channel</span>;
}

export function Inlines({ nodes }: { nodes: Inline[] }) {
  return (
    <>
      {nodes.map((node, index) => (
        <Fragment key={index}>{inline_element(node)}</Fragment>
      ))}
    </>
  );
}

function inline_element(node: Inline): ComponentChildren {
  switch (node.t) {
    case 'text':
      return node.v;
    case 'br':
      return <br />;
    case 'bold':
      return <strong><Inlines nodes={node.c} /></strong>;
    case 'italic':
      return <em><Inlines nodes={node.c} /></em>;
    case 'strike':
      return <s><Inlines nodes={node.c} /></s>;
    case 'underline':
      return <u><Inlines nodes={node.c} /></u>;
    case 'code':
      return <code>{node.v}</code>;
    case 'link':
      return <a href={node.href} target="_blank" rel="noopener noreferrer nofollow"><Inlines nodes={node.c} /></a>;
    case 'user':
      return <User id={node.id} label={node.label} />;
    case 'channel':
      return <ChannelLink id={node.id} label={node.label} />;
    case 'mention':
      return <span class="mention">{node.label}</span>;
    case 'emoji':
      return <Emoji name={node.name} unicode={node.unicode} />;
  }
}

export function Paragraphs({ nodes }: { nodes: Paragraph[] }) {
  return (
    <>
      {nodes.map((node, index) => (
        <Fragment key={index}>{paragraph_element(node)}</Fragment>
      ))}
    </>
  );
}

function paragraph_element(node: Paragraph): ComponentChildren {
  switch (node.t) {
    case 'p':
      return <p dir="auto"><Inlines nodes={node.c} /></p>;
    case 'heading':
      return <p class="rich-heading" dir="auto"><Inlines nodes={node.c} /></p>;
    case 'pre':
      return <pre tabIndex={0}><code>{node.v}</code></pre>;
    case 'quote':
      return <blockquote dir="auto"><Paragraphs nodes={node.c} /></blockquote>;
    case 'list': {
      const items = node.items.map((item, index) => <li key={index}><Inlines nodes={item} /></li>);
      const indent = `indent-${node.indent}`;
      return node.ordered
        ? <ol class={indent} start={node.start} dir="auto">{items}</ol>
        : <ul class={indent} dir="auto">{items}</ul>;
    }
  }
}
