"""The people page: admins add people, set roles and passwords, disable, enable, and issue and revoke tokens."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import gradio as gr

from feedback import accounts
from feedback.errors import Refused
from feedback.fields import as_text, check_whole
from feedback.studio import Studio
from ui.bar import person_asking
from ui.fragments import line, refusal


def render_people(studio: Studio) -> str:
    """Everybody, with role, ballots cast and whether they can sign in."""
    rows = "".join(
        f"<tr><td><b>{escape(row['name'])}</b></td><td>{row['role']}</td><td>{row['ballots']}</td>"
        f"<td>{'disabled' if row['disabled'] else 'password' if row['has_password'] else 'token only'}</td>"
        f"<td>{describe_tokens(studio, row['name'])}</td>"
        f'<td class="ct-quiet">{row["created"][:10]}</td></tr>'
        for row in accounts.list_people(studio)
    )
    heads = "".join(f"<th>{head}</th>" for head in ("Name", "Role", "Ballots", "Signs in by", "Tokens", "Since"))
    return f'<h2>People</h2><table class="ct-table"><tr>{heads}</tr>{rows}</table>'


def describe_tokens(studio: Studio, name: str) -> str:
    """The tokens that let somebody in, each with the id that revokes it."""
    valid = [token for token in accounts.list_tokens(studio, name) if token["state"] == "valid"]
    lines = [f"{t['id']}: {t['label']}" + (f", until {t['expires'][:10]}" if t["expires"] else "") for t in valid]
    return "<br>".join(escape(each) for each in lines)


def build_people(studio: Studio) -> None:
    table = gr.HTML(apply_default_css=False)
    said = gr.HTML(line(""), apply_default_css=False)
    with gr.Column(visible=False) as form:
        with gr.Row():
            name = gr.Textbox(label="Name")
            role = gr.Dropdown(label="Role", choices=list(accounts.ROLES), value="creative")
            password = gr.Textbox(label="Password (empty: token only)", type="password")
        with gr.Row():
            add = gr.Button("Add", variant="primary", elem_classes="ct-button")
            change = gr.Button("Set role", elem_classes="ct-button")
            renew = gr.Button("Set password", elem_classes="ct-button")
            token = gr.Button("Issue token", elem_classes="ct-button")
            disable = gr.Button("Disable", elem_classes="ct-button")
            enable = gr.Button("Enable", elem_classes="ct-button")
        with gr.Row():
            token_id = gr.Textbox(label="Token (its id in the table)")
            revoke = gr.Button("Revoke token", elem_classes="ct-button")

    def act(request: gr.Request, deed: Callable[[str], str]) -> tuple[str, str]:
        """Every button: only for admins, the outcome as one line, the table drawn again."""
        try:
            text = line(deed(person_asking(studio, request, "admin")["name"]))
        except Refused as error:
            text = refusal(error)
        try:
            person_asking(studio, request, "admin")
        except Refused:
            return "", text
        return render_people(studio), text

    def begin(request: gr.Request) -> tuple[str, str, Any]:
        shown, text = act(request, lambda _: "")
        return shown, text, gr.update(visible=bool(shown))

    def add_person(name: str, role: str, password: str, request: gr.Request) -> tuple[str, str]:
        def deed(actor: str) -> str:
            accounts.add_person(studio, as_text(name).strip(), role, password or None, actor=actor)
            return f"{name} is added as {role}."

        return act(request, deed)

    def set_role(name: str, role: str, request: gr.Request) -> tuple[str, str]:
        def deed(actor: str) -> str:
            accounts.set_role(studio, as_text(name).strip(), role, actor=actor)
            return f"{name} is {role} now."

        return act(request, deed)

    def set_password(name: str, password: str, request: gr.Request) -> tuple[str, str]:
        def deed(actor: str) -> str:
            accounts.set_password(studio, as_text(name).strip(), password, actor=actor)
            return f"{name} has a new password, and is signed out everywhere."

        return act(request, deed)

    def issue_token(name: str, request: gr.Request) -> tuple[str, str]:
        def deed(actor: str) -> str:
            made = accounts.issue_token(studio, as_text(name).strip(), "people page", actor=actor)
            return f"Token of {name}, shown this once: {made}"

        return act(request, deed)

    def revoke_token(token_id: str, request: gr.Request) -> tuple[str, str]:
        def deed(actor: str) -> str:
            ended = accounts.revoke_token(studio, check_whole("token", as_text(token_id), 1), actor=actor)
            return f"Token {ended['id']} of {ended['name']} is revoked."

        return act(request, deed)

    def disable_person(name: str, request: gr.Request) -> tuple[str, str]:
        def deed(actor: str) -> str:
            accounts.disable_person(studio, as_text(name).strip(), actor=actor)
            return f"{name} is disabled; what they judged stays."

        return act(request, deed)

    def enable_person(name: str, request: gr.Request) -> tuple[str, str]:
        def deed(actor: str) -> str:
            accounts.enable_person(studio, as_text(name).strip(), actor=actor)
            return f"{name} can sign in again."

        return act(request, deed)

    outputs: list[Any] = [table, said]
    add.click(add_person, [name, role, password], outputs, show_progress="hidden")
    change.click(set_role, [name, role], outputs, show_progress="hidden")
    renew.click(set_password, [name, password], outputs, show_progress="hidden")
    token.click(issue_token, name, outputs, show_progress="hidden")
    revoke.click(revoke_token, token_id, outputs, show_progress="hidden")
    disable.click(disable_person, name, outputs, show_progress="hidden")
    enable.click(enable_person, name, outputs, show_progress="hidden")
    gr.context.Context.root_block.load(begin, outputs=[*outputs, form], show_progress="hidden")
