// What to do, in three steps that are ticked off as they happen; and the way to have it all done.

import type { Play } from './play.ts';
import type { Stage } from './stage.ts';

interface Props {
  stage: Stage;
  play: Play | null;
  toggle_play(): void;
}

export function Hints({ stage, play, toggle_play }: Props) {
  const { john, desk } = stage;
  const steps = [
    {
      words: 'Ask the bot', done: john.bot_spoke,
      go() {
        stage.show('shop');
        john.deskbell('open');
      },
    },
    {
      words: 'Talk to a human', done: john.human_wanted,
      go() {
        stage.show('shop');
        john.deskbell('talkToHuman');
      },
    },
    {
      words: 'Answer in the thread', done: john.agent_spoke,
      go() {
        const thread = desk?.thread(john.session);
        if (!thread) return stage.say('There is a thread as soon as John has asked for a human: step 2.');
        void desk?.ask({ do: 'show', channel: thread.channel, ts: thread.root.ts }).then(() => stage.go_to('desk'));
        return undefined;
      },
    },
  ];
  const next = steps.findIndex(({ done }) => !done);
  const words = stage.caption || (stage.desk_failed ? 'The agents’ page is not part of this server: see “deskbell demo”.' : 'A customer on one side, your team on the other. Follow the three steps, or have them played.');
  return (
    <header class="top">
      <h1 class="brand"><img src={bell} alt="" width="30" height="30" /><span>Deskbell</span></h1>
      <ol class="steps">
        {steps.map(({ words: step, done, go }, index) => (
          <li key={step} class={done ? 'done' : index === next && !play ? 'next' : ''}>
            <button type="button" onClick={go}>
              <span class="number" aria-hidden="true">{done ? '✓' : index + 1}</span>
              {step}
              {done && <span class="visually-hidden"> (done)</span>}
            </button>
          </li>
        ))}
      </ol>
      <button type="button" class="play" data-testid="play" aria-pressed={play !== null} onClick={toggle_play}>
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">{play ? <path d="M3 3h10v10H3z" /> : <path d="M4 2l10 6-10 6z" />}</svg>
        {play ? 'Stop' : 'Play it for me'}
      </button>
      <p class="caption" role="status" data-testid="caption">
        {play && <span class="progress" aria-hidden="true">{Math.max(play.step, 1)}/{play.steps}</span>}
        <span>{words}</span>
      </p>
    </header>
  );
}

const bell = new URL('./bell.svg', import.meta.url).href;
