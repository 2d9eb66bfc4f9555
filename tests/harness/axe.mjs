// axe-core on a page, whole or below one element; what it finds as lines to read.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function axeFinds(page, include = "deskbell-chat") {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(([what, runOnly]) => window.axe.run({ include: [[what]] }, { runOnly, resultTypes: ["violations"] }), [include, tags]);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(" ")} ${node.any[0]?.message ?? ""}`));
}
