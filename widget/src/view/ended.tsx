import type { Snapshot } from '../core/snapshot.ts';
import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';
import { downloadTranscript } from './transcript.ts';

/** After the end: five stars, a word if wanted, the transcript, a fresh start. All of it can be passed by. The stars
 * stay once chosen, so that focus stays too, and a slip can be put right. */
export function Ended({ ui, snap }: { ui: Ui; snap: Snapshot }) {
  const { texts, client, shell } = ui;
  const score = snap.rating ?? 0;
  const said = snap.comment !== null;
  return (
    <div class="card ended" role="group" aria-labelledby="db-rating" data-testid="rating" data-score={score}>
      <div id="db-rating" role="status" class="ended-title">
        {texts.say(said ? 'commentThanks' : score ? 'ratingThanks' : 'ratingAsk')}
      </div>
      <div class="stars">
        {[1, 2, 3, 4, 5].map((one) => (
          <button
            type="button" key={one} class={`star ${one <= score ? 'is-on' : ''}`} aria-label={texts.say('ratingOf', { n: one })}
            aria-pressed={one === score} data-score={one} onClick={() => client.rate(one)}
          >
            <Icon name="star" size={26} />
          </button>
        ))}
      </div>
      {score > 0 && !said && (
        <form
          class="comment-form" onSubmit={(event) => {
            event.preventDefault();
            const words = String(new FormData(event.currentTarget).get('comment')).trim();
            if (words) client.rate(score, words);
            shell.change({}, 'composer');
          }}
        >
          <input class="comment" name="comment" aria-label={texts.say('comment')} placeholder={texts.say('comment')} maxLength={1000} dir="auto" data-testid="comment" />
          <button type="submit" class="pill tint">{texts.say('commentSend')}</button>
        </form>
      )}
      <div class="buttons centred">
        {client.site.features?.transcript && (
          <button type="button" class="pill quiet" data-testid="transcript" onClick={() => void downloadTranscript(client)}>
            <Icon name="download" size={18} />
            {texts.say('transcript')}
          </button>
        )}
        <button
          type="button" class="pill quiet" data-testid="start-over" onClick={() => {
            client.startOver(true);
            shell.change({ draft: '', editing: null }, 'composer');
          }}
        >
          {texts.say('startOver')}
        </button>
      </div>
    </div>
  );
}
