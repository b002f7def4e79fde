'use strict';
// The sandbox at a glance. Asks the control API again and again and draws what changed. Every text comes from people
// and programs that nobody checked, so it becomes text nodes and never markup.

const REFRESH_MS = 1000;
const byId = (id) => document.getElementById(id);
let company = Number(location.hash.slice(1)) || null;
let seen = null; // the latest overview

// ---- the control API

function address(path) {
  const url = new URL(path, location.origin);
  if (company) url.searchParams.set('company', company);
  return url;
}

async function ask(method, path, body) {
  const answer = await fetch(address(path), {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const read = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error(read.troubleshoot ?? read.message ?? `the sandbox answered ${answer.status}`);
  return read;
}

function say(text, bad = false) {
  const said = byId('said');
  said.textContent = text;
  said.classList.toggle('bad', bad);
}

/** Does something, says how it went, and looks at once. */
async function act(done, work) {
  try {
    await work();
    say(done);
  } catch (problem) {
    say(`That did not work: ${problem.message}`, true);
  }
  await refresh();
}

// ---- drawing

function draw(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === 'class') element.className = value;
    else if (name === 'onclick') element.addEventListener('click', value);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== ''));
  return element;
}

const pill = (text, mood = '') => draw('span', { class: `pill ${mood}` }, text);
const button = (text, about, onclick) => draw('button', { type: 'button', 'aria-label': about, onclick }, text);

function when(at) {
  const time = new Date(at);
  const today = time.toDateString() === new Date(seen.now).toDateString();
  const shown = today ? time.toLocaleTimeString() : `${time.toLocaleDateString()} ${time.toLocaleTimeString()}`;
  return draw('time', { datetime: at, title: at }, shown);
}

function row(what, side, lines = [], acts = []) {
  return draw('li', {},
    draw('div', { class: 'line' }, draw('span', { class: 'what' }, what), ...side),
    draw('div', { class: 'below' },
      draw('div', { class: 'lines' }, ...lines.filter(Boolean).map((line) => (typeof line === 'string' ? draw('div', { class: 'sub' }, line) : line))),
      acts.length ? draw('div', { class: 'acts' }, ...acts) : null));
}

/** Makes `list` show `items`, touching only the rows that changed, so that focus and scroll stay where they are. */
function show(list, items, key, drawRow) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, place) => {
    const name = String(item[key]);
    const looks = JSON.stringify(item);
    let element = old.get(name);
    if (!element || element.dataset.looks !== looks) {
      const focused = element?.contains(document.activeElement) ? document.activeElement.getAttribute('aria-label') : null;
      const fresh = drawRow(item);
      fresh.dataset.key = name;
      fresh.dataset.looks = looks;
      element?.replaceWith(fresh);
      element = fresh;
      if (focused) [...fresh.querySelectorAll('[aria-label]')].find((each) => each.getAttribute('aria-label') === focused)?.focus();
    }
    old.delete(name);
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
  for (const gone of old.values()) gone.remove();
}

/** Keeps the options of a select, and what is chosen in it. */
function offer(select, options, wanted) {
  const looks = JSON.stringify(options);
  if (select.dataset.looks === looks) return;
  const chosen = wanted ?? select.value;
  select.dataset.looks = looks;
  select.replaceChildren(...options.map(({ value, text }) => draw('option', { value }, text)));
  if (options.some(({ value }) => String(value) === String(chosen))) select.value = chosen;
}

// ---- the dialog

/** Asks for something; answers with the form's fields, or nothing. `body` is a list of elements. */
function dialog(title, body, ok = 'OK') {
  const box = byId('dialog');
  byId('dialog-title').textContent = title;
  byId('dialog-body').replaceChildren(...body);
  byId('dialog-ok').textContent = ok ?? '';
  byId('dialog-ok').hidden = ok === null;
  byId('dialog-close').textContent = ok === null ? 'Close' : 'Cancel';
  box.returnValue = '';
  box.showModal();
  return new Promise((resolve) => {
    box.onclose = () => resolve(box.returnValue === 'ok' ? new FormData(byId('dialog-form')) : null);
  });
}

byId('dialog-ok').value = 'ok';
byId('dialog-close').addEventListener('click', () => byId('dialog').close());

function field(label, name, value, multiline = false) {
  const input = draw(multiline ? 'textarea' : 'input', { name, autocomplete: 'off', rows: multiline ? 3 : null });
  input.value = value ?? '';
  return draw('label', {}, label, input);
}

async function details(title, path, key) {
  const read = await ask('GET', path);
  const shown = { ...read[key] };
  if (typeof shown.body === 'string') {
    try {
      shown.body = JSON.parse(shown.body);
    } catch {
      // a form, or nothing
    }
  }
  const text = draw('pre', { tabindex: '0', 'aria-label': 'As JSON' }, JSON.stringify(shown, null, 2));
  await dialog(title, [text], null);
}

const open = (title, path, key) => details(title, path, key).catch((problem) => say(`That did not work: ${problem.message}`, true));

// ---- rows

const agentName = () => byId('agent').selectedOptions[0]?.textContent ?? 'an agent';
const asAgent = (path) => `/_sandbox/agents/${byId('agent').value}${path}`;

async function comment(call) {
  const form = await dialog(`Comment on call ${call.id} as ${agentName()}`, [field('Note', 'content', '', true)], 'Comment');
  if (!form) return;
  await act(`Call ${call.id} has a new note.`, () => ask('POST', asAgent(`/v1/calls/${call.id}/comments`), { content: form.get('content') }));
}

async function tag(call) {
  const ticks = seen.tags.map(({ id, name }) => draw('label', { class: 'tick' },
    draw('input', { type: 'checkbox', name: 'tag', value: id }), name));
  const form = await dialog(`Tag call ${call.id} as ${agentName()}`, ticks, 'Tag');
  if (!form) return;
  await act(`Call ${call.id} is tagged.`, () => ask('POST', asAgent(`/v1/calls/${call.id}/tags`), { tags: form.getAll('tag').map(Number) }));
}

async function edit(contact) {
  const names = { first_name: 'First name', last_name: 'Last name', company_name: 'Company', information: 'Information' };
  const fields = Object.entries(names).map(([name, label]) => field(label, name, contact[name]));
  const form = await dialog('Edit the contact as in the app', fields, 'Save');
  if (!form) return;
  await act('The contact is changed.', () => ask('PUT', `/_sandbox/contacts/${contact.id}`, Object.fromEntries(form)));
}

function outcome(call) {
  if (call.live) return call.answered_at ? pill('answered', 'good') : pill('ringing', 'wait');
  if (call.answered_at) return pill('answered', 'good');
  return call.voicemail ? pill('voicemail', 'wait') : pill('missed', 'bad');
}

function seconds(call) {
  if (!call.answered_at || !call.ended_at) return '';
  return `${Math.round((new Date(call.ended_at) - new Date(call.answered_at)) / 1000)} s talk`;
}

function callRow(call) {
  const arrow = call.direction === 'inbound' ? 'From' : 'To';
  const about = [call.contact ? call.other : '', call.number, call.user, seconds(call), call.missed_call_reason?.replaceAll('_', ' '), call.archived ? 'archived' : '', `id ${call.id}`];
  return row(`${arrow} ${call.contact || call.other}`, [outcome(call), when(call.started_at)],
    [about.filter(Boolean).join(' · '),
      call.tags.length ? draw('div', { class: 'sub' }, `Tags: ${call.tags.join(', ')}`) : null,
      ...call.notes.map((note) => draw('div', { class: 'note' }, `${note.text} (${note.by ?? 'through the API'})`))],
    [button('Comment', `Comment on call ${call.id}`, () => comment(call)),
      button('Tag', `Tag call ${call.id}`, () => tag(call)),
      button('Details', `Details of call ${call.id}`, () => open(`Call ${call.id}`, `/_sandbox/calls/${call.id}`, 'call'))]);
}

function contactRow(contact) {
  const name = [contact.first_name, contact.last_name].filter(Boolean).join(' ') || 'Without a name';
  const reach = [...contact.phones, ...contact.emails].map(({ value }) => value).join(' · ');
  return row(name, [], [[contact.company_name, contact.information].filter(Boolean).join(' · '), reach],
    [button('Edit', `Edit ${name}`, () => edit(contact))]);
}

const MOODS = { delivered: 'good', pending: 'wait', sending: 'wait', given_up: 'bad', cancelled: '', lost: 'bad' };

function deliveryRow(delivery) {
  const times = `${delivery.attempts} ${delivery.attempts === 1 ? 'attempt' : 'attempts'}`;
  const last = delivery.status ? `answered ${delivery.status}` : delivery.problem;
  const next = delivery.next_attempt_at && delivery.attempts ? `next ${new Date(delivery.next_attempt_at).toLocaleTimeString()}` : '';
  return row(delivery.event, [pill(delivery.state.replace('_', ' '), MOODS[delivery.state]), when(delivery.created_at)],
    [[times, last, next, delivery.repeat_of ? `repeats ${delivery.repeat_of}` : ''].filter(Boolean).join(' · '), delivery.url],
    [button('Redeliver', `Redeliver ${delivery.id}, ${delivery.event}`, () => act(`Delivery ${delivery.id} is sent once more.`,
      () => ask('POST', '/_sandbox/webhooks/redeliver', { delivery_id: delivery.id }))),
    button('Details', `Details of delivery ${delivery.id}`, () => open(`Delivery ${delivery.id}`, `/_sandbox/deliveries/${delivery.id}`, 'delivery'))]);
}

function requestRow(request) {
  const mood = request.status === null || request.status >= 400 ? 'bad' : 'good';
  const text = draw('span', { class: 'mono' }, `${request.method} ${request.path}${request.query ? `?${request.query}` : ''}`);
  const about = [request.credential, request.fault ? `fault: ${request.fault}` : '', request.answered ? '' : 'no answer sent'];
  return row(text, [pill(String(request.status ?? 'cut'), mood), when(request.at)], [about.filter(Boolean).join(' · ')],
    [button('Details', `Details of request ${request.seq}`, () => open(`Request ${request.seq}`, `/_sandbox/requests/${request.seq}`, 'request'))]);
}

function webhookRow(hook) {
  const events = hook.events.length > 3 ? `${hook.events.length} events` : hook.events.join(', ');
  const failures = hook.failures_in_a_row ? `${hook.failures_in_a_row} failures in a row` : '';
  return row(hook.url, [pill(hook.active ? 'active' : 'off', hook.active ? 'good' : 'bad')],
    [[`made by the ${hook.made_by}`, events, failures].filter(Boolean).join(' · ')]);
}

const userRow = (user) => row(user.name, [user.admin ? pill('administrator') : null, pill(user.status, user.available ? 'good' : 'wait')].filter(Boolean),
  [`${user.email} · id ${user.id}`]);
const numberRow = (number) => row(number.name, [pill(number.open ? 'open' : 'closed', number.open ? 'good' : 'wait')],
  [`${number.phone} · ${number.users} ${number.users === 1 ? 'user' : 'users'} · id ${number.id}`]);

function switchRow(each) {
  const usual = each.choices ? each.choices[0] : null;
  const control = each.choices
    ? draw('select', {}, ...each.choices.map((choice) => draw('option', { value: choice }, choice)))
    : draw('input', { type: 'number', min: each.range[0], max: each.range[1] });
  control.setAttribute('aria-label', each.name);
  control.value = each.value;
  control.addEventListener('change', () => act(`${each.name} is ${control.value}.`, async () => {
    await ask('PUT', '/_sandbox/switches', { [each.name]: control.value });
  }).then(showSwitches));
  return draw('li', {}, draw('div', { class: `switch ${usual !== null && usual !== each.value ? 'changed' : ''}` },
    draw('span', { class: 'mono' }, each.name), control, draw('div', { class: 'sub' }, each.about)));
}

async function showSwitches() {
  if (!byId('switches').open) return;
  const { switches } = await ask('GET', '/_sandbox/switches');
  show(byId('switch-list'), switches, 'name', switchRow);
}

// ---- everything

function showTop(view) {
  const name = view.companies.find(({ id }) => id === view.company_id)?.name ?? '';
  byId('name').textContent = name;
  document.title = `${name} - Aircall sandbox`;
  byId('companies').hidden = view.companies.length < 2;
  offer(byId('company'), view.companies.map((each) => ({ value: each.id, text: each.name })), view.company_id);
  byId('time').textContent = `${new Date(view.now).toLocaleString()}${view.speed === 1 ? '' : ` (${view.speed} times as fast)`}`;
  const { limit, remaining, admitted } = view.rate;
  byId('rate').textContent = limit === 0 ? 'no limit' : admitted || remaining > 0 ? `${remaining} of ${limit}` : `0 of ${limit}`;
  byId('rate-meter').hidden = limit === 0;
  byId('rate-meter').max = Math.max(limit, 1);
  byId('rate-meter').value = remaining;
  for (const what of ['calls', 'contacts', 'requests', 'deliveries']) {
    byId(`count-${what}`).textContent = view.counts[what].toLocaleString();
  }
}

function appText(app) {
  if (!app.installed) return `${app.name} is not installed.`;
  const state = app.active ? 'installed' : 'installed and switched off';
  const numbers = `${app.number_ids.length} ${app.number_ids.length === 1 ? 'number' : 'numbers'}`;
  return `${app.name} is ${state}: ${numbers}, allowed by ${app.user ?? 'somebody who left'}, ${app.living_tokens} living ${app.living_tokens === 1 ? 'token' : 'tokens'}.`;
}

function showActions(view) {
  offer(byId('line'), view.numbers.map((each) => ({ value: each.id, text: `${each.name} ${each.phone}` })));
  offer(byId('agent'), view.users.map((each) => ({ value: each.id, text: each.name })));
  const callers = view.contacts.flatMap((each) => each.phones.map(({ value }) => ({ value, text: [each.first_name, each.last_name].filter(Boolean).join(' ') })));
  offer(byId('callers'), [...callers, { value: 'anonymous', text: 'withheld' }]);
  byId('app').textContent = appText(view.app);
  byId('install').hidden = !view.app.install_uri;
  byId('remove-app').disabled = !view.app.installed;
  offer(byId('snapshot'), view.snapshots.map((name) => ({ value: name, text: name })));
  byId('restore').hidden = view.snapshots.length === 0;
}

function showAll(view) {
  showTop(view);
  showActions(view);
  show(byId('live-calls'), view.calls.filter(({ live }) => live), 'id', callRow);
  show(byId('calls'), view.calls.filter(({ live }) => !live), 'id', callRow);
  show(byId('contacts'), view.contacts, 'id', contactRow);
  show(byId('deliveries'), view.deliveries, 'id', deliveryRow);
  show(byId('requests'), view.requests, 'seq', requestRow);
  show(byId('webhooks'), view.webhooks, 'id', webhookRow);
  show(byId('users'), view.users, 'id', userRow);
  show(byId('numbers'), view.numbers, 'id', numberRow);
}

let lost = false;
let asked = 0;

async function refresh() {
  const turn = ++asked;
  try {
    const view = await ask('GET', '/_sandbox/overview');
    if (turn !== asked) return; // a later look is under way
    if (lost) say('The sandbox answers again.');
    lost = false;
    seen = view;
    showAll(view);
  } catch (problem) {
    if (turn !== asked) return;
    lost = true;
    say(`The sandbox does not answer: ${problem.message}`, true);
  }
}

async function watch() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

// ---- buttons

const OUTCOMES = {
  answered: { answered: true },
  missed: { answered: false },
  voicemail: { answered: false, voicemail_seconds: 12 },
  live: { answered: true, pace: 'real' },
};

byId('place').addEventListener('submit', (event) => {
  event.preventDefault();
  const kind = event.submitter?.value ?? 'answered';
  const call = { direction: 'inbound', from: byId('from').value.trim(), number_id: Number(byId('line').value), ...OUTCOMES[kind] };
  act(`A call from ${call.from} ${kind === 'live' ? 'has begun' : 'was placed'}.`, () => ask('POST', '/_sandbox/calls', call));
});

for (const each of document.querySelectorAll('[data-advance]')) {
  const ahead = Number(each.dataset.advance);
  each.addEventListener('click', () => act(`The clock is ${ahead} seconds further.`, () => ask('PUT', '/_sandbox/clock', { advance_seconds: ahead })));
}

byId('storm').addEventListener('click', () => act('Every request gets 429 for a minute.', () => ask('POST', '/_sandbox/rate/storm', { seconds: 60 })));
byId('calm').addEventListener('click', () => act('Requests pass again.', () => ask('POST', '/_sandbox/rate/storm', { seconds: 0 })));
byId('install').addEventListener('click', () => window.open(seen.app.install_uri, 'install', 'popup,width=560,height=820'));
byId('remove-app').addEventListener('click', async () => {
  const sure = await dialog(`Remove ${seen.app.name}?`, [draw('p', {}, 'Its tokens and webhooks die, and it is told by integration.deleted.')], 'Remove');
  if (sure) await act('The app is removed.', () => ask('POST', '/_sandbox/app/remove', {}));
});
byId('take').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = byId('snapshot-name').value.trim();
  act(`Snapshot ${name} is taken.`, async () => {
    await ask('POST', '/_sandbox/snapshots', { name });
  });
});
byId('restore').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = byId('snapshot').value;
  act(`The company is as it was in ${name}.`, () => ask('POST', `/_sandbox/snapshots/${encodeURIComponent(name)}/restore`));
});
byId('reset').addEventListener('click', async () => {
  const sure = await dialog('Reset the company?', [draw('p', {}, 'Calls, contacts, webhooks, tokens and logs go back to the beginning. Snapshots stay.')], 'Reset');
  if (sure) await act('The company is as new.', () => ask('POST', '/_sandbox/reset'));
});
byId('company').addEventListener('change', () => {
  company = Number(byId('company').value);
  history.replaceState(null, '', `#${company}`);
  say('');
  refresh().then(showSwitches);
});
byId('switches').addEventListener('toggle', () => showSwitches());

watch();
