// The controls, in groups; how much of a chat the shop has loaded; and the way to the wire.

import { useEffect, useRef, useState } from 'preact/hooks';
import { feats, type Feat } from './feats.ts';
import type { Stage } from './stage.ts';

// `?hold=600` keeps things broken for so many seconds: for whoever wants to look closely.
const hold_s = Number(new URLSearchParams(location.search).get('hold'));
const groups = [...new Set(feats.map(({ group }) => group))];

function FeatButton({ stage, feat, playing }: { stage: Stage; feat: Feat; playing: boolean }) {
  const [left_s, set_left] = useState(0);
  const busy = useRef(false);

  const attempt = async (work: Feat['begin']) => {
    try {
      stage.say(await work.call(feat, stage));
      return true;
    } catch (error) {
      stage.say(`That could not be done: ${(error as Error).message}`);
      return false;
    }
  };
  const end = () => {
    set_left(0);
    if (feat.end) void attempt(feat.end);
  };
  useEffect(() => {
    if (left_s === 0) return;
    const timer = setTimeout(() => (left_s > 1 ? set_left(left_s - 1) : end()), 1000);
    return () => clearTimeout(timer);
  }, [left_s]);

  const press = async () => {
    if (busy.current) return;
    if (playing) return stage.say('The play is on: stop it first.');
    if (left_s > 0) return end();
    if (!stage.desk?.state) return stage.say('The agents’ page is not there yet.');
    busy.current = true;
    const begun = await attempt(feat.begin);
    busy.current = false;
    if (begun && feat.lasts_s) set_left(hold_s || feat.lasts_s);
    return undefined;
  };

  const on = feat.lasts_s ? left_s > 0 : feat.pressed?.(stage);
  return (
    <button type="button" class="feat" title={feat.about} data-testid={`feat-${feat.key}`} aria-pressed={on} onClick={() => void press()}>
      {feat.label}
      {left_s > 0 && <span class="left" aria-hidden="true">{left_s}</span>}
    </button>
  );
}

function Weight({ stage }: { stage: Stage }) {
  const { bytes, files } = stage.john.weight();
  return (
    <p class="weight" data-testid="weight" data-bytes={bytes} title={files.join('\n')}>
      <span class="visually-hidden">Chat code the shop has loaded: </span>
      <b>{(bytes / 1000).toFixed(1)} KB</b> <span aria-hidden="true">of chat</span>
    </p>
  );
}

export function Dock({ stage, playing }: { stage: Stage; playing: boolean }) {
  return (
    <footer class="dock">
      <div class="feats" role="group" aria-label="Things to try">
        {groups.map((group) => (
          <div key={group} class="group" role="group" aria-label={group}>
            <span class="group-name" aria-hidden="true">{group}</span>
            {feats.filter((feat) => feat.group === group).map((feat) => <FeatButton key={feat.key} stage={stage} feat={feat} playing={playing} />)}
          </div>
        ))}
      </div>
      <div class="meters">
        <Weight stage={stage} />
        <button type="button" class="feat" data-testid="wire-toggle" aria-pressed={stage.wire_shown} onClick={() => stage.change({ wire_shown: !stage.wire_shown })}>Wire</button>
      </div>
    </footer>
  );
}
