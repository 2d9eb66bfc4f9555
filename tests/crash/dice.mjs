// Dice with a seed. Each actor has a stream of its own, by name: what one does moves nobody else's dice, so that a seed
// replays the plan of a run as far as real processes and their timing allow.

export class Dice {
  #state;

  constructor(seed, name = "") {
    let hash = 2166136261;
    for (const character of `${seed}/${name}`) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
    this.#state = hash >>> 0;
    Object.assign(this, { seed, name });
  }

  stream(name) { return new Dice(this.seed, `${this.name}/${name}`); }
  // From 0 up to, never, 1 (mulberry32).
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  below(count) { return Math.floor(this.next() * count); }
  between(least, most) { return least + this.below(most - least + 1); }
  chance(probability) { return this.next() < probability; }
  pick(list) { return list[this.below(list.length)]; }
  // {value: weight, …}
  weighted(weights) {
    let left = this.next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    for (const [value, weight] of Object.entries(weights)) {
      left -= weight;
      if (left < 0) return value;
    }
    return Object.keys(weights).at(-1);
  }
}
