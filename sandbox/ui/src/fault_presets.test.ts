import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { effects, is_event_effect, preset_groups, setting_words, skew_words, skews, weathers } from './fault_presets.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const presets = preset_groups.flatMap((group) => group.presets);

test('the page knows every effect that the model knows, and no other', () => {
  const table = read('model/faults.cpp').split('known_effects[] = {')[1]!.split('};')[0]!;
  const known = [...table.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  expect(known.length).toBeGreaterThan(20);
  expect(Object.keys(effects).sort()).toEqual(known.sort());
});

test('every effect is documented', () => {
  const api = read('http/API.md');
  for (const effect of Object.keys(effects)) expect(api, effect).toContain(`\`${effect}\``);
});

test('presets are rules of known effects that say what the effect asks for', () => {
  expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
  for (const { name, rule } of presets) {
    const effect = effects[String(rule['effect'])];
    expect(effect, name).toBeDefined();
    if (effect!.fields.includes('error')) expect(rule['error'], name).toBeTruthy();
    if (rule['effect'] === 'rate_limit_storm') expect(rule['delay_ms'], name).toBeGreaterThan(0);
    if (is_event_effect(String(rule['effect']))) expect(String(rule['method'] ?? ''), name).not.toContain('.');
  }
});

test('switches, clocks and weathers are those of the API', () => {
  const api = read('http/API.md');
  for (const [key] of [...setting_words, ...skew_words]) expect(api, key).toContain(`| \`${key}\` |`);
  for (const { name } of weathers.slice(1)) expect(api, name).toContain(`\`${name}\``);
  expect(skews.some(([seconds]) => seconds === 0)).toBe(true);
});
