"""Our own login: a plain form, argon2, a cookie whose token is stored only as a hash, failed tries slowed down."""

from __future__ import annotations

from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from feedback.errors import Invalid
from feedback.people import accounts, tokens
from ui.context import context_of
from ui.languages import N_, _, language_of, speaking
from ui.rendering import render
from ui.security.access import COOKIE, find_person
from ui.security.gate import came_by_https
from ui.security.throttle import Throttle

KNOWN_COOKIE = "circletake_known"  # of a browser in which somebody has signed in: others' failures do not slow it down
KNOWN_HOURS = 24 * 90
LARGEST_FORM = 8192  # bytes; whoever is not signed in may send no more
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# One argon2 check takes tens of megabytes and a core: more at once would let anybody stop the server by guessing.
# The rest wait without holding one of the threads that answer everybody else.
CHECKS_AT_ONCE = 2


class PasswordChecks:
    """What all checks of passwords of one app share: how often somebody failed, and how many go on at once."""

    def __init__(self) -> None:
        self.throttle, self.limiter = Throttle(), CapacityLimiter(CHECKS_AT_ONCE)


def login_routes(checks: PasswordChecks) -> APIRouter:
    """GET and POST /login, POST /logout."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    def show_login(request: Request, next: str = "/") -> Response:
        return login_page(request, next)

    @router.post("/login")
    async def sign_in(request: Request) -> Response:
        form = await read_form(request)
        return await to_thread.run_sync(try_login, request, form, checks.throttle, limiter=checks.limiter)

    @router.post("/logout")
    async def sign_out(request: Request) -> Response:
        person, form = find_person(request), await read_form(request)
        if person and form.get("person", person.name) != person.name:
            # A page that was opened for somebody else: whoever signed in since stays so, and is led to their own.
            return RedirectResponse("/", 303)
        token = request.cookies.get(COOKIE)
        if token:
            await to_thread.run_sync(tokens.end_session, context_of(request).studio, token)
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    return router


def try_login(request: Request, form: dict[str, str], throttle: Throttle) -> Response:
    """Checks name and password; signs in, or answers with the form and one sentence (401, or 429 with a wait)."""
    context, name, next_path = context_of(request), form.get("name", "").strip(), form.get("next", "/")
    address, key = request.client.host if request.client else "", accounts.name_key(name)
    place = throttle.place(key, address, request.cookies.get(KNOWN_COOKIE, ""))
    wait = throttle.wait(key, place)
    if wait:
        seconds = max(1, round(wait))
        answer = login_page(
            request, next_path, name, N_("Too many failed tries. Try again in {seconds} s."), 429, seconds=seconds
        )
        answer.headers["Retry-After"] = str(seconds)
        return answer
    person = accounts.check_password(context.studio, name, form.get("password", ""))
    if person is None:
        throttle.fail(key, place)
        return login_page(request, next_path, name, N_("That name and password do not match."), 401)
    throttle.succeed(key, place)
    return signed_in(request, person["id"], next_path, throttle.proof(key))


def signed_in(request: Request, person_id: int, next_path: str, proof: str) -> Response:
    """Starts a session and sends the person on; cookies are Secure wherever the page came over https."""
    answer = RedirectResponse(safe_path(next_path), 303)
    begin_session(answer, request, person_id)
    set_cookie(answer, request, KNOWN_COOKIE, proof, KNOWN_HOURS, "/login")
    return answer


def begin_session(answer: Response, request: Request, person_id: int) -> None:
    context, browser = context_of(request), request.headers.get("user-agent", "")
    session = tokens.start_session(context.studio, person_id, context.session_hours, browser)
    set_cookie(answer, request, COOKIE, session, context.session_hours)


def set_cookie(answer: Response, request: Request, name: str, value: str, hours: float, path: str = "/") -> None:
    secure = came_by_https(context_of(request), request.scope)
    answer.set_cookie(name, value, max_age=int(hours * 3600), httponly=True, samesite="lax", secure=secure, path=path)


def login_page(
    request: Request, next_path: str, name: str = "", alert: str = "", status: int = 200, **values: object
) -> HTMLResponse:
    """The form in the language of whoever asks, filled in as far as it was, never cached."""
    with speaking(language_of(request)):
        text = render("login.html", next=safe_path(next_path), name=name, alert=_(alert, **values) if alert else "")
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(text, status, headers=headers)


def safe_path(path: str) -> str:
    """A path on this host, or "/": a browser reads "//host" and "/\\host" as another site."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if ours else "/"


async def read_form(request: Request) -> dict[str, str]:
    """The first value of each field of a urlencoded form; raises Invalid when it is too long or not text."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise Invalid(f"a login form has at most {LARGEST_FORM} bytes")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError as reason:
        raise Invalid(f"this is not a login form: {reason}") from None
    return {name: values[0] for name, values in fields.items()}
