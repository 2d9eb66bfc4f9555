// Reads the bot's FAQ file (one `## Question` heading per entry) and writes the entries a page shows.

export interface Entry {
  question: string;
  answer: string;
}

export function faq_entries(markdown: string): Entry[] {
  return markdown
    .split(/^## +/m)
    .slice(1)
    .map((part) => {
      const end_of_heading = part.indexOf('\n');
      const question = part.slice(0, end_of_heading).trim();
      const answer = part
        .slice(end_of_heading)
        .trim()
        .replace(/\s*\n(?!\n)/g, ' ');
      return { question, answer };
    });
}

const escaped = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

// `shown` holds the beginnings of the wanted questions, in the order of the page. A heading may join two questions
// so that the bot finds it by either; the page shows the first.
export function faq_html(markdown: string, shown: readonly string[]): string {
  const entries = faq_entries(markdown);
  return shown
    .map((start) => {
      const entry = entries.find(({ question }) => question.startsWith(start));
      if (!entry) throw new Error(`faq.md has no question that starts with "${start}"`);
      const first_question = /^[^?]*\?/.exec(entry.question)?.[0] ?? entry.question;
      return `<details><summary>${escaped(first_question)}</summary><p>${escaped(entry.answer)}</p></details>`;
    })
    .join('\n');
}
