"""The people page: admins add people, set roles, passwords and projects, disable, enable, issue and revoke tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from feedback.errors import Refused
from feedback.fields import as_text, check_whole
from feedback.people import accounts, project_members, tokens
from feedback.store import Studio
from ui.pages.components import line, refusal
from ui.rendering import render
from ui.security.access import person_of_event


@dataclass(frozen=True)
class PersonRow:
    """A person as the page lists them."""

    name: str
    role: str
    projects: list[str]  # codes of those of which they are a member
    ballots: int
    signs_in_by: str
    tokens: list[str]  # those that let somebody in, each with the id that revokes it
    since: str  # a date


def list_rows(studio: Studio) -> list[PersonRow]:
    rows = []
    for row in accounts.list_people(studio):
        signs_in_by = "disabled" if row["disabled"] else "password" if row["has_password"] else "token only"
        rows.append(
            PersonRow(
                row["name"],
                row["role"],
                project_members.projects_of(studio, row["name"]),
                row["ballots"],
                signs_in_by,
                describe_tokens(studio, row["name"]),
                row["created"][:10],
            )
        )
    return rows


def render_people(studio: Studio) -> str:
    """Everybody, with role, ballots cast and whether they can sign in."""
    return render("people.html", people=list_rows(studio))


def describe_tokens(studio: Studio, name: str) -> list[str]:
    """The tokens that let somebody in, each with the id that revokes it."""
    valid = [token for token in tokens.list_tokens(studio, name) if token["state"] == "valid"]
    return [f"{t['id']}: {t['label']}" + (f", until {t['expires'][:10]}" if t["expires"] else "") for t in valid]


def build_people(studio: Studio) -> None:
    table = gr.HTML(apply_default_css=False)
    message = gr.HTML(line(""), apply_default_css=False)
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
            project = gr.Textbox(label="Project (its code)")
            join = gr.Button("Add to project", elem_classes="ct-button")
            leave = gr.Button("Remove from project", elem_classes="ct-button")
        with gr.Row():
            token_id = gr.Textbox(label="Token (its id in the table)")
            revoke = gr.Button("Revoke token", elem_classes="ct-button")

    def forgetting(outcome: tuple[str, str]) -> tuple[str, str, str]:
        """The outcome, and an empty password: the field never keeps one."""
        return *outcome, ""

    def act(request: gr.Request, apply: Callable[[str], str]) -> tuple[str, str]:
        """Every button: only for admins, the outcome as one line, the table drawn again."""
        try:
            text = line(apply(person_of_event(studio, request, "admin").name))
        except Refused as error:
            text = refusal(error)
        try:
            person_of_event(studio, request, "admin")
        except Refused:
            return "", text
        return render_people(studio), text

    def begin(request: gr.Request) -> tuple[str, str, Any]:
        shown, text = act(request, lambda _: "")
        return shown, text, gr.update(visible=bool(shown))

    def add_person(name: str, role: str, password: str, request: gr.Request) -> tuple[str, str, str]:
        def apply(actor: str) -> str:
            accounts.add_person(studio, as_text(name).strip(), role, password or None, actor=actor)
            return f"{name} is added as {role}."

        return forgetting(act(request, apply))

    def set_role(name: str, role: str, request: gr.Request) -> tuple[str, str]:
        def apply(actor: str) -> str:
            accounts.set_role(studio, as_text(name).strip(), role, actor=actor)
            return f"{name} is {role} now."

        return act(request, apply)

    def add_member(name: str, project: str, request: gr.Request) -> tuple[str, str]:
        def apply(actor: str) -> str:
            code, member = as_text(project).strip(), as_text(name).strip()
            project_members.add_member(studio, code, member, actor=actor)
            return f"{member} sees {code} now."

        return act(request, apply)

    def remove_member(name: str, project: str, request: gr.Request) -> tuple[str, str]:
        def apply(actor: str) -> str:
            code, member = as_text(project).strip(), as_text(name).strip()
            project_members.remove_member(studio, code, member, actor=actor)
            return f"{member} is no member of {code}; what they judged stays."

        return act(request, apply)

    def set_password(name: str, password: str, request: gr.Request) -> tuple[str, str, str]:
        def apply(actor: str) -> str:
            accounts.set_password(studio, as_text(name).strip(), password, actor=actor)
            return f"{name} has a new password, and is signed out everywhere."

        return forgetting(act(request, apply))

    def issue_token(name: str, request: gr.Request) -> tuple[str, str]:
        def apply(actor: str) -> str:
            made = tokens.issue_token(studio, as_text(name).strip(), "people page", actor=actor)
            return f"Token of {name}, shown this once: {made}"

        return act(request, apply)

    def revoke_token(token_id: str, request: gr.Request) -> tuple[str, str]:
        def apply(actor: str) -> str:
            ended = tokens.revoke_token(studio, check_whole("token", as_text(token_id), 1), actor=actor)
            return f"Token {ended['id']} of {ended['name']} is revoked."

        return act(request, apply)

    def disable_person(name: str, request: gr.Request) -> tuple[str, str]:
        def apply(actor: str) -> str:
            accounts.disable_person(studio, as_text(name).strip(), actor=actor)
            return f"{name} is disabled; what they judged stays."

        return act(request, apply)

    def enable_person(name: str, request: gr.Request) -> tuple[str, str]:
        def apply(actor: str) -> str:
            accounts.enable_person(studio, as_text(name).strip(), actor=actor)
            return f"{name} can sign in again."

        return act(request, apply)

    outputs: list[Any] = [table, message]
    add.click(add_person, [name, role, password], [*outputs, password], show_progress="hidden")
    change.click(set_role, [name, role], outputs, show_progress="hidden")
    renew.click(set_password, [name, password], [*outputs, password], show_progress="hidden")
    token.click(issue_token, name, outputs, show_progress="hidden")
    join.click(add_member, [name, project], outputs, show_progress="hidden")
    leave.click(remove_member, [name, project], outputs, show_progress="hidden")
    revoke.click(revoke_token, token_id, outputs, show_progress="hidden")
    disable.click(disable_person, name, outputs, show_progress="hidden")
    enable.click(enable_person, name, outputs, show_progress="hidden")
    gr.context.Context.root_block.load(begin, outputs=[*outputs, form], show_progress="hidden")
