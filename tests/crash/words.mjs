// What everybody says carries whose it is and which: "zqw3x" marks all words of customer 3, "zqw3xm12y" is the twelfth message,
// "zqw3xe12y" the end of a long one, "zqw3xa7y" an agent's answer. So whatever turns up anywhere says where it belongs.
export const tagOf = (index) => `zqw${index}x`;
export const tokenOf = (index, kind, number) => `zqw${index}x${kind}${number}y`;

export const tokensIn = (text, kinds = "mea") => [...String(text ?? "").matchAll(/zqw(\d+)x([mea])(\d+)y/g)]
  .filter(([, , kind]) => kinds.includes(kind))
  .map(([token, index, kind, number]) => ({ token, index: Number(index), kind, number: Number(number) }));

// The customers whose words are in it.
export const ownersIn = (text) => [...new Set([...String(text ?? "").matchAll(/zqw(\d+)x/g)].map(([, index]) => Number(index)))];

const small = ["How much for two hundred photos?", "Do you ship to Lisbon?", "5 < 6 & 7 > 2", "Thank you!", "and *this* one", "still there?", "🙂 yes"];
const filler = "the quick brown fox jumps over the lazy dog; ";

// A line of customer `index`. Now and then one that fills several posts.
export function lineOf(index, number, dice) {
  const token = tokenOf(index, "m", number);
  if (!dice.chance(0.04)) return { text: `${token} ${dice.pick(small)}`, tokens: [token] };
  const end = tokenOf(index, "e", number);
  return { text: `${token} ${filler.repeat(dice.between(40, 80))}${end}`, tokens: [token, end] };
}
