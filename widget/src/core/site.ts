// What the site's operator chose, asked for once the chat is wanted. Without an answer the widget's defaults hold.

import { ask, type Fetch } from './http.ts';
import type { Customer, DetailField, SiteConfig } from './protocol.ts';

export async function fetchSite(fetch: Fetch, server: string, site: string): Promise<SiteConfig | null> {
  const { reply, body } = await ask(fetch, server, 'GET', `/v1/config?site=${encodeURIComponent(site)}`);
  return reply.ok ? (body as SiteConfig) : null;
}

/** One detail of a customer by the name a form has for it. */
export function detailOf(customer: Customer, name: string): string {
  const key = /^attributes\.(.+)/.exec(name)?.[1];
  const value: unknown = key ? customer.attributes?.[key] : customer[name as 'name'];
  return value === undefined || value === null ? '' : String(value);
}

/** What a form gave, as the protocol wants it; attributes join those already known, for they are replaced as a whole. */
export function customerFrom(values: Map<string, string>, known: Customer): Customer {
  const customer: Customer = {};
  for (const [name, value] of values) {
    const key = /^attributes\.(.+)/.exec(name)?.[1];
    if (!value) continue;
    if (key) customer.attributes = { ...known.attributes, ...customer.attributes, [key]: value };
    else customer[name as 'name'] = value;
  }
  return customer;
}

export const missing = (fields: readonly DetailField[], customer: Customer): boolean =>
  fields.some(({ name, required }) => required && !detailOf(customer, name));
