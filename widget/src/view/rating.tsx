import { Icon } from './icons.tsx';
import type { Ui } from './shell.ts';

/** Five stars after the end. They stay once chosen, so that focus stays too, and a slip can be put right. */
export function Rating({ ui, score }: { ui: Ui; score: number }) {
  const { texts, client } = ui;
  return (
    <div class="card rating" role="group" aria-labelledby="db-rating" data-testid="rating" data-score={score}>
      <div id="db-rating" role="status">{score ? texts.ratingThanks : texts.ratingAsk}</div>
      <div class="stars">
        {[1, 2, 3, 4, 5].map((one) => (
          <button
            type="button" key={one} class={`star ${one <= score ? 'is-on' : ''}`} aria-label={texts.ratingOf(one)}
            aria-pressed={one === score} data-score={one} onClick={() => client.rate(one)}
          >
            <Icon name="star" size={24} />
          </button>
        ))}
      </div>
    </div>
  );
}
