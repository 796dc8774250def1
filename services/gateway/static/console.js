// The console of the reference: one operation is filled in, sent and its answer shown. Loaded when it is asked for.
const CLIENT = 'vca-web';
const KEPT = 'vca-docs-token';
const vietnamese = document.documentElement.lang === 'vi';
const say = (vi, en) => (vietnamese ? vi : en);
const text64 = bytes => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const chance = size => text64(crypto.getRandomValues(new Uint8Array(size)));

/** Makes an element. `properties` that begin with data- or aria- are attributes. */
function make(tag, properties = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-')) element.setAttribute(name, value); else element[name] = value;
  }
  element.append(...inside);
  return element;
}

/** The token lives ten minutes and no longer than this tab; it is never renewed here. */
function token() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
  return kept && kept.until > Date.now() ? kept : null;
}

async function exchange(fields) {
  const answer = await fetch('/v1/identity/token', { method: 'POST', body: new URLSearchParams(fields) });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || body.title);
  sessionStorage.setItem(KEPT, JSON.stringify({ token: body.access_token, until: Date.now() + (body.expires_in - 15) * 1000 }));
  document.dispatchEvent(new Event('vca-token'));
}

/** Signs a person in, in a window of its own: authorization code with PKCE (RFC 7636). */
async function signIn() {
  const [verifier, state, back] = [chance(48), chance(12), `${location.origin}/docs/signed-in`];
  const window_ = open_window();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const channel = new BroadcastChannel('vca-docs');
  const answered = new Promise(resolve => channel.addEventListener('message', message => {
    const query = new URLSearchParams(message.data);
    if (query.get('state') === state) resolve(query);
  }));
  window_.location = `/v1/identity/authorize?${new URLSearchParams({
    client_id: CLIENT, redirect_uri: back, response_type: 'code', state, code_challenge_method: 'S256',
    code_challenge: text64(new Uint8Array(digest)), ui_locales: document.documentElement.lang,
  })}`;
  const query = await answered;
  channel.close();
  if (!query.has('code')) throw new Error(query.get('error_description') || query.get('error'));
  await exchange({ grant_type: 'authorization_code', client_id: CLIENT, code: query.get('code'), redirect_uri: back, code_verifier: verifier });
}

function open_window() {
  // Opened at once, by the click itself: later the browser would take it for an advertisement.
  const opened = window.open('about:blank', 'vca-sign-in', 'popup,width=480,height=720');
  if (!opened) throw new Error(say('Trình duyệt chặn cửa sổ đăng nhập; hãy cho phép.', 'The browser blocks the sign-in window; allow it.'));
  return opened;
}

/** Runs what a button does; what goes wrong is said beside it. */
function button(words, second, action, report) {
  const made = make('button', { type: 'button', textContent: words, className: second ? 'second' : '' });
  made.addEventListener('click', async () => {
    report.textContent = '';
    try { await action(); } catch (error) { report.textContent = error.message; }
  });
  return made;
}

function access(name) {
  const report = make('p', { className: 'wrong', role: 'alert' });
  const state = make('p', { role: 'status' });
  const [id, secret] = [make('input', { id: `${name}-client`, autocomplete: 'off' }), make('input', { id: `${name}-secret`, type: 'password', autocomplete: 'off' })];
  const show = () => { state.textContent = token() ? say('Đang có token.', 'There is a token.') : say('Chưa có token.', 'There is no token yet.'); };
  document.addEventListener('vca-token', show);
  show();
  const system = make('details', {}, make('summary', { textContent: say('Hoặc như một hệ thống', 'Or as a system') }),
    make('label', { htmlFor: id.id, textContent: say('Mã hệ thống (client_id)', 'Client id') }), id,
    make('label', { htmlFor: secret.id, textContent: say('Khóa bí mật', 'Client secret') }), secret,
    make('div', { className: 'buttons' }, button(say('Lấy token', 'Get a token'), true, () => exchange(
      { grant_type: 'client_credentials', client_id: id.value.trim(), client_secret: secret.value.trim() }), report)));
  return make('fieldset', {}, make('legend', { textContent: say('Ai gọi', 'Who calls') }), state,
    make('div', { className: 'buttons' }, button(say('Đăng nhập', 'Sign in'), true, signIn, report)), system, report);
}

/** Returns an input for each field that a list of the page names, and adds its label. */
function inputs(list, name, into) {
  return [...list].map(field => {
    const id = `${name}-${field.dataset.in || 'body'}-${field.dataset.name}`;
    const input = make('input', { id, type: 'file' in field.dataset ? 'file' : 'text', required: 'required' in field.dataset, autocomplete: 'off', spellcheck: false });
    into.append(make('label', { htmlFor: id, textContent: field.dataset.name + (input.required ? ' *' : '') }), input);
    return { place: field.dataset.in, name: field.dataset.name, repeated: 'repeated' in field.dataset, input };
  });
}

/** Returns where the body is written, and what makes it: text for JSON, one input a field for forms. */
function bodyOf(section, name, into) {
  const described = section.querySelector('[data-body]');
  if (!described) return () => null;
  const type = described.dataset.body;
  if (type === 'application/json') {
    const text = make('textarea', { id: `${name}-body`, spellcheck: false, value: described.querySelector('pre')?.textContent || '{}' });
    into.append(make('label', { htmlFor: text.id, textContent: 'JSON' }), text);
    return () => ({ type, content: text.value });
  }
  const record = described.dataset.record;
  const fields = (record ? document.getElementById(record).parentElement : described).querySelectorAll(':scope > dl > dt');
  const given = inputs(fields, name, into);
  return () => {
    const content = type === 'multipart/form-data' ? new FormData() : new URLSearchParams();
    for (const one of given) {
      const value = one.input.type === 'file' ? one.input.files[0] : one.input.value;
      if (value) content.append(one.name, value);
    }
    return { type: null, content };
  };
}

async function send(section, parameters, body) {
  let path = section.dataset.path;
  const [query, headers] = [new URLSearchParams(), new Headers({ 'Accept-Language': document.documentElement.lang })];
  for (const { place, name, repeated, input } of parameters) {
    if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (place === 'query') (repeated ? input.value.split(',') : [input.value]).filter(value => value.trim()).forEach(value => query.append(name, value.trim()));
    else if (input.value) headers.set(name, input.value);
  }
  if (token()) headers.set('Authorization', `Bearer ${token().token}`);
  if (body?.type) headers.set('Content-Type', body.type);
  const address = query.size ? `${path}?${query}` : path;
  return fetch(address, { method: section.dataset.method, headers, body: body?.content });
}

async function shown(answer) {
  const type = answer.headers.get('content-type') || '';
  const said = make('p', {}, make('b', { className: 'answer-status', textContent: `${answer.status} ${answer.statusText}`.trim() }));
  for (const name of ['etag', 'location', 'x-request-id']) {
    if (answer.headers.has(name)) said.append(` · ${name}: `, make('code', { textContent: answer.headers.get(name) }));
  }
  if (!/json|text|xml/.test(type)) {
    const file = await answer.blob();
    return [said, file.size ? make('p', {}, make('a', { href: URL.createObjectURL(file), download: '', textContent: `${type}, ${file.size} B` })) : ''];
  }
  let text = await answer.text();
  try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it came */ }
  return [said, make('pre', { tabIndex: 0, 'aria-label': say('Nội dung trả lời', 'The answer') }, make('code', { textContent: text }))];
}

/** Opens the console of the operation whose button was pressed; pressed again, it closes. */
export function open(pressed) {
  const section = pressed.closest('section');
  const there = section.querySelector('.console');
  pressed.setAttribute('aria-expanded', String(!there));
  if (there) { there.remove(); return; }
  const name = `try-${section.id}`;
  const [report, result] = [make('p', { className: 'wrong', role: 'alert' }), make('div', { className: 'result', 'aria-live': 'polite' })];
  const filled = make('fieldset', {}, make('legend', { textContent: say('Gửi gì', 'What is sent') }));
  const parameters = inputs(section.querySelectorAll('dt[data-in]'), name, filled);
  const body = bodyOf(section, name, filled);
  const action = async () => {
    const missing = [...filled.querySelectorAll('input')].find(input => !input.reportValidity());
    if (!missing) result.replaceChildren(...await shown(await send(section, parameters, body())));
  };
  const form = make('div', { className: 'console' }, access(name), filled,
    make('div', { className: 'buttons' }, button(say('Gửi', 'Send'), false, action, report)), report, result);
  pressed.parentElement.after(form);
  form.querySelector('button').focus();
}
