"""The bar on top of every page: wordmark, pages, who is signed in; and how a handler learns who asks."""

from __future__ import annotations

from typing import Any

import gradio as gr

from feedback import accounts
from feedback.errors import Forbidden
from feedback.studio import Studio
from ui.security.access import require_role

PAGES = (("Review", "/"), ("Board", "/board"), ("Briefs", "/briefs"), ("Models", "/models"), ("People", "/people"))

# Every request that may change something names the person that the page was opened for (ui.security.gate), page events too.
_FILL = """
const asked = window.fetch.bind(window);
const opened = asked('/api/me', {credentials: 'same-origin'}).then((answer) => answer.json());
window.fetch = async (address, options = {}) => {
  if (!options.method || ['GET', 'HEAD'].includes(options.method)) return asked(address, options);
  const headers = new Headers(options.headers), me = await opened.catch(() => ({}));
  if (me.name) headers.set('Circletake-Person', me.name);
  return asked(address, {...options, headers});
};
opened.then((me) => {
  element.querySelector('.ct-who').textContent = me.name + ' · ' + me.role + (me.demo ? ' · demo' : '');
  if (me.role !== 'admin') element.querySelector('a[href="/people"]').remove();
  if (!me.demo) element.querySelector('form').hidden = false;
});
"""


def build_bar(here: str) -> None:
    """Adds the bar; `here` is the page's name."""
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if name == here else ""}>{name}</a>' for name, path in PAGES
    )
    gr.HTML(
        value=f'<nav class="ct-bar"><b>Circletake</b>{links}<span class="ct-who"></span>'
        '<form method="post" action="/logout" hidden><button>Sign out</button></form></nav>',
        js_on_load=_FILL,
        apply_default_css=False,
    )


def person_asking(studio: Studio, request: gr.Request, role: str = "creative") -> dict[str, Any]:
    """Who calls this handler; every handler is an endpoint, so each asks, and names the role it needs."""
    if not request.username:
        raise Forbidden("sign in first")
    person = accounts.get_person(studio, request.username)
    if person["disabled"]:
        raise Forbidden(f"{person['name']} is disabled")
    return require_role(person, role)
