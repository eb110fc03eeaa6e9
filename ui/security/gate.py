"""The gate every request passes: which host, which origin, who; and the headers every answer carries.

Plain ASGI and not Starlette's BaseHTTPMiddleware, which would buffer the event streams of the pages.
"""

from __future__ import annotations

import math
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.context import SCOPE_KEY, AppContext
from ui.security.access import COOKIE, bearer_token, find_person
from ui.security.bodies import bounded
from ui.security.request_rate import RequestRate
from ui.static_files import PREFIX as STATIC_FILES

# /metrics asks for a token of its own, which is nobody's account.
PUBLIC_PATHS = {"/login", "/healthz", "/metrics", "/openapi.json", "/favicon.ico"}
# Scripts and styles, dozens for a page, and what costs nothing.
UPLOADS = ("/api/briefs/queue/files", "/api/rights/documents")  # a brief with its source and mask; a signed paper
BODY_SETTING, UPLOAD_SETTING = "CIRCLETAKE_MOST_BODY_BYTES", "CIRCLETAKE_MOST_UPLOAD_BYTES"
UNCOUNTED = (STATIC_FILES, "/assets/", "/static/", "/theme.css", "/healthz", "/openapi.json", "/favicon.ico")
PERSON_HEADER = "Circletake-Person"  # on a request: whom the page was opened for
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Nothing is from anywhere else, and nobody may frame us. Gradio places styles inline.
POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
YEAR = 365 * 24 * 3600  # seconds for which a browser that came by https comes by nothing else
HEADERS = {
    "content-security-policy": POLICY.format(scripts="'self'"),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Gate:
    """ASGI middleware: refuses what may not enter, signs what leaves."""

    def __init__(self, app: ASGIApp, context: AppContext) -> None:
        self.app, self.context = app, context
        self.rate = RequestRate(context.limits.requests_per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        scope[SCOPE_KEY] = self.context
        connection = HTTPConnection(scope)
        refusal = refuse(self.context, scope, connection) or self.refuse_haste(scope, connection)
        if refusal is None and scope["type"] == "http":
            limits = self.context.limits
            is_upload = scope["path"] in UPLOADS
            most = limits.upload_bytes if is_upload else limits.body_bytes
            allowed = await bounded(scope, receive, most)
            if allowed is None:
                refusal = deny(
                    413, f"this request is larger than {most} bytes ({UPLOAD_SETTING if is_upload else BODY_SETTING})"
                )
            else:
                receive = allowed
        if refusal is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await (refusal or self.app)(scope, receive, sign(send, came_by_https(self.context, scope)))

    def refuse_haste(self, scope: Scope, connection: HTTPConnection) -> Response | None:
        """429 for somebody who asks too often; what is the same for everybody is not counted."""
        if scope["path"].startswith(UNCOUNTED):
            return None
        person = find_person(connection)
        wait = self.rate.wait(person.id) if person else 0.0
        if not wait:
            return None
        most = f"{self.rate.per_second:g} requests a second (CIRCLETAKE_REQUESTS_PER_SECOND)"
        return deny(429, f"too many requests: at most {most}; go slower", Retry_After=str(max(1, math.ceil(wait))))


def came_by_https(context: AppContext, scope: Scope) -> bool:
    """Whether the browser spoke TLS, to us or to the proxy before us."""
    return scope.get("scheme") == "https" or context.public_origin.startswith("https:")


def page_policy(nonce: str) -> str:
    """For a page of Gradio: only inline scripts with this nonce run. It compiles events' handlers in the browser."""
    return POLICY.format(scripts=f"'self' 'nonce-{nonce}' 'unsafe-eval'")


def sign(send: Send, by_https: bool) -> Send:
    """Wraps `send` so that every answer carries our headers; a route that set one itself keeps its own."""

    async def send_signed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if by_https:
                headers.setdefault("strict-transport-security", f"max-age={YEAR}")
        await send(message)

    return send_signed


def refuse(context: AppContext, scope: Scope, connection: HTTPConnection) -> Response | None:
    """The answer to a request that may not enter, or None for one that may."""
    if context.demo and not is_loopback(connection.headers.get("host", "")):
        # Another site's name pointed at this machine (DNS rebinding) would act as the demo supervisor.
        return deny(403, "the demo answers on 127.0.0.1 or localhost only")
    if not is_same_origin(context, scope, connection):
        return deny(403, f"refused: this request came from another site, {connection.headers.get('origin')}")
    if scope["path"] in PUBLIC_PATHS or scope["path"].startswith(STATIC_FILES):
        return None
    person = find_person(connection)
    if person is None:
        return ask_to_sign_in(scope, connection)
    return refuse_for_another(unquote(connection.headers.get(PERSON_HEADER, "")), person.name)


def refuse_for_another(named: str, signed_in: str) -> Response | None:
    """Whoever signs in in another tab changes the cookie of all of them: a page says in whose name it writes.

    A program that names nobody writes in the name of whoever its token or cookie belongs to.
    """
    if not named or named == signed_in:
        return None
    reason = f"this page was opened for {named}, and {signed_in} is signed in now; sign in as {named} again"
    answer = deny(409, reason)
    answer.headers[PERSON_HEADER] = quote(signed_in)  # by which a page tells this from any other conflict
    return answer


def is_loopback(host: str) -> bool:
    """Whether a Host header, with or without a port, names this very machine."""
    try:
        return (urlsplit(f"//{host}").hostname or "") in LOOPBACK
    except ValueError:  # such as "[", which is no address
        return False


def is_same_origin(context: AppContext, scope: Scope, connection: HTTPConnection) -> bool:
    """Whether a request that changes something, sent with a browser's own credentials, comes from our pages.

    Browsers always say where a POST comes from (Origin); a client that does not is no browser and carries no stolen
    cookie. A bearer token is never sent by a browser on its own, so it needs no such check.
    """
    if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
        return True
    if bearer_token(connection) is not None:
        return True
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    if context.public_origin and origin == context.public_origin.rstrip("/"):
        return True
    host = host_in(origin)
    return bool(host) and host == connection.headers.get("host")


def host_in(origin: str) -> str:
    """Host and port of an origin, empty for what is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def deny(status: int, reason: str, **headers: str) -> Response:
    """One line of JSON that says why."""
    return JSONResponse({"error": reason}, status, headers={k.replace("_", "-"): v for k, v in headers.items()})


def ask_to_sign_in(scope: Scope, connection: HTTPConnection) -> Response:
    """A person is led to the login page; a program is told how to sign in."""
    wants_page = "text/html" in connection.headers.get("accept", "")
    if scope["type"] == "http" and scope["method"] == "GET" and wants_page:
        query = scope.get("query_string", b"").decode("latin-1")  # such as a shot, to which they want to come
        return RedirectResponse(f"/login?next={quote(scope['path'] + ('?' + query if query else ''), safe='/')}", 303)
    if bearer_token(connection) is not None:
        reason = "this token is unknown, has expired or was revoked; make a new one with `circletake user token NAME`"
    elif COOKIE in connection.cookies:
        reason = "your session has ended; sign in again at /login"
    else:
        reason = "sign in at /login, or send `Authorization: Bearer TOKEN`"
    return deny(401, reason, WWW_Authenticate="Bearer")
