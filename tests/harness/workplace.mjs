// Agents at work in the sandbox: buttons, forms, words, and what only they are shown.
import { createHmac, randomUUID } from "node:crypto";
import { Customer } from "./customer.mjs";
import { findParent, sandboxPage, startSandbox, startServer } from "./processes.mjs";

export const vip = "#vip-sales";

// A sandbox, a server that is also told of interactions, and what agents do there.
export async function startWorkplace(options = {}) {
  const sandbox = await startSandbox();
  const server = await startServer(sandbox, { pace: "posts_per_second_per_channel = 4", ...options });
  const slack = sandboxPage(sandbox);
  await slack.act("settings", { rate_limits: false });
  await slack.act("interactivity_url", { url: `${server.url}/slack/interactivity` });

  const userId = async (name) => (await slack.state()).users.find((user) => user.name === name || user.id === name).id;
  const work = {
    sandbox, server, slack, userId,
    async inThread(name, said) {
      const customer = await (await Customer.arrive(server, { name, email: `${name.toLowerCase().replace(/\W/g, "")}@email.com` })).connect();
      if (said) {
        await customer.say(said);
        await customer.event("the bot's answer", (event) => event.kind === "message" && event.message.author.role === "bot");
      }
      await customer.handoff();
      await customer.state("waiting");
      customer.thread = await slack.thread(customer.id);
      await slack.replies(customer.id, "the introduction", (replies) => replies.length >= 1);
      return customer;
    },
    // What an agent types in the thread; gives its ts.
    type: async (user, customer, text, more = {}) => (await slack.post({ user, channel: customer.channel ?? vip, thread_ts: customer.thread.ts, text, ...more })).ts,
    // The delivery of an interaction, once it was answered.
    async interaction(pressed) {
      const { delivery } = await pressed;
      return slack.waitFor(`interaction ${delivery}`, (state) => state.interactions.find((one) => one.delivery === delivery && one.state !== "waiting"));
    },
    press: (user, customer, action) => work.interaction(slack.act("press", { user, channel: customer.channel ?? vip, ts: customer.thread.ts, action_id: action })),
    pressIn: (user, view, action) => work.interaction(slack.act("press", { user, view: view.id, action_id: action })),
    shortcut: (user, callback, ts, channel = vip) => work.interaction(slack.act("shortcut", { user, callback_id: callback, channel, ts })),
    // A payload as Slack would send it, signed here; gives the answer.
    async interact(payload, { secret = sandbox.info.signing_secret, at = Math.floor(Date.now() / 1000), signature } = {}) {
      const body = `payload=${encodeURIComponent(typeof payload === "string" ? payload : JSON.stringify(payload))}`;
      const signed = signature ?? `v0=${createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex")}`;
      return fetch(`${server.url}/slack/interactivity`, {
        method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": String(at), "x-slack-signature": signed },
      });
    },
    // A press on the parent of a thread; each is a payload of its own.
    pressPayload: (customer, team, user, action) => ({
      type: "block_actions", trigger_id: randomUUID(), team: { id: team }, user: { id: user, team_id: team }, channel: { id: customer.thread.channel },
      container: { type: "message", message_ts: customer.thread.ts, channel_id: customer.thread.channel }, actions: [{ action_id: action, value: "x" }],
    }),
    // Resolves with the modal on top of a person's stack, as soon as it is the one looked for.
    async modal(user, callback) {
      const id = await userId(user);
      return slack.waitFor(`${user}'s form ${callback}`, (state) => {
        const top = state.views.modals[id]?.at(-1);
        return top?.callback_id === callback && top;
      });
    },
    async noModal(user) {
      const id = await userId(user);
      return slack.waitFor(`${user} without a form`, (state) => !state.views.modals[id]?.length);
    },
    // By callback: pressing More and then a button of that form.
    async openForm(user, customer, action, callback) {
      await work.press(user, customer, "deskbell_more");
      const more = await work.modal(user, "deskbell_more_form");
      await work.pressIn(user, more, action);
      return work.modal(user, callback);
    },
    submit: (user, view, values) => work.interaction(slack.act("submit_view", { user, view: view.id, values })),
    ephemerals: (state, userIdent) => state.channels.flatMap((channel) => channel.messages.flatMap((message) => [message, ...(message.replies ?? [])]))
      .filter((message) => message.kind === "ephemeral" && (!userIdent || message.ephemeral_for === userIdent)),
    // Resolves with the words that only this person is shown.
    async whisper(user, look) {
      const id = await userId(user);
      return slack.waitFor(`a word to ${user} with ${look}`, (state) => work.ephemerals(state, id).find((message) => JSON.stringify([message.text, message.blocks]).match(look)));
    },
    reply: (customer, text, what = text) => slack.replies(customer.id, what, (replies) => replies.find((reply) => JSON.stringify([reply.text, reply.blocks]).match(text))),
    card: (customer, text) => slack.waitFor(`the parent saying ${text}`, (state) => {
      const parent = findParent(state, customer.id, undefined);
      return parent && JSON.stringify(parent.blocks).match(text);
    }),
    marked: (customer, ts, name) => slack.replies(customer.id, `${name} on ${ts}`, (replies) => replies.find((reply) => reply.ts === ts)?.reactions?.some((reaction) => reaction.name === name)),
    async end() {
      await server?.end();
      await sandbox?.stop();
    },
  };
  return work;
}

// Everything the customer has been sent, for looking for what must not be there.
export const allOf = (customer) => JSON.stringify([customer.events, customer.frames.map(({ socket, ...frame }) => frame)]);
