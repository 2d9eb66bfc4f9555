// Runs before the widget: `?customer=john` makes this window a customer of its own, whose session lives in memory
// only, so that several windows of one browser can be several people.
(() => {
  const people = {
    john: { name: 'John Smith', email: 'john@email.com' },
    maria: { name: 'Maria Garcia', email: 'maria@email.com' },
    sam: { name: 'Sam Lee', email: 'sam@email.com' },
  };
  const key = new URLSearchParams(location.search).get('customer');
  if (!key || !Object.hasOwn(people, key)) return;
  const person = people[key];
  document.documentElement.dataset.customer = key;
  document.title = `${person.name.split(' ')[0]} at Shoebox Studio`;

  // The snippet stays as every shop writes it, so the attribute is added as the parser reaches it, before it runs.
  const observer = new MutationObserver(() => {
    const snippet = document.querySelector('script[data-site]');
    if (!snippet) return;
    snippet.dataset.persist = 'false';
    observer.disconnect();
  });
  observer.observe(document.documentElement, { childList: true, subtree: true });

  window.Deskbell ||= (...call) => {
    (window.Deskbell.q ||= []).push(call);
  };
  window.Deskbell('update', person);
})();
