"""What every request passes first, and pages that are kept in memory."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from euthymia.errors import RequestError
from euthymia.serving.guard import HEADERS, Guard, Rules
from euthymia.serving.pages import Held, Pages, Site, page_policy
from explorer import call, finish, tiny_site

RULES: Final = Rules(frozenset({"localhost", "explorer.example"}), {"/large": 1000}, 100, 0.2, 1500)
HOST: Final = {"host": "localhost:8000"}


class Echo:
    """Answers with the body that it was sent."""

    def __init__(self, *, waits: float = 0.0) -> None:
        self.waits = waits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive() if scope["method"] == "POST" else {"body": b"read"}
        await asyncio.sleep(self.waits)
        await PlainTextResponse(message["body"], headers={"x-content-type-options": "own"})(scope, receive, send)


def guarded(**more: Any) -> Any:
    headers = {**HOST, **more.pop("headers", {})}
    return call(Guard(Echo(), rules=RULES), more.pop("path", "/x"), headers=headers, **more)


def test_answers_carry_headers_and_keep_their_own() -> None:
    found = guarded()
    assert (found.status, found.body) == (200, b"read")
    assert found.headers["x-content-type-options"] == "own"
    assert {name.decode() for name, _ in HEADERS} <= set(found.headers)
    refused = guarded(headers={"host": "evil.example"})
    assert refused.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:80", "[::1]:8000", "192.168.1.5", "explorer.example"],
)
def test_its_own_names_and_addresses_are_answered(host: str) -> None:
    assert guarded(headers={"host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "localhost.evil.example", "localhost@evil.example", "localhost:8000:80",
     "127.0.0.1.evil.example", "evil.example:8000", "localhost/", "[::1", "localhost, evil.example", "x" * 300,
     "localhost:999999"],
)  # fmt: skip
def test_other_names_are_refused(host: str) -> None:
    found = guarded(headers={"host": host})
    assert found.status == 421
    assert "host" in found.problem["en"] or "addressed" in found.problem["en"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost:8000"}, 200),
        ({"origin": "http://LOCALHOST:8000", "sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"origin": "http://localhost:9000"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://localhost:8000", "sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_pages_of_other_sites_may_read_and_not_write(headers: dict[str, str], status: int) -> None:
    assert guarded(method="POST", body=b"hi", headers=headers).status == status
    assert guarded(method="DELETE", headers=headers).status == status
    assert guarded(headers=headers).status == 200


def test_bodies_are_bounded_by_what_comes_and_not_by_what_is_said() -> None:
    assert guarded(method="POST", body=b"x" * 100).body == b"x" * 100
    assert guarded(method="POST", body=[b"x" * 50, b"y" * 50]).body == b"x" * 50 + b"y" * 50
    assert guarded(method="POST", body=b"x" * 101).status == 413
    assert guarded(method="POST", body=[b"x" * 60] * 5, headers={"content-length": "10"}).status == 413
    assert guarded(method="POST", body=b"", headers={"content-length": "1000000"}).status == 413
    assert guarded(method="POST", body=b"x", headers={"content-length": "-1"}).status == 413
    assert guarded(method="POST", body=b"x", headers={"content-length": "9" * 400}).status == 413
    assert guarded(method="POST", body=b"x" * 1000, path="/large").status == 200
    found = guarded(method="POST", body=[b"x" * 60] * 5)
    assert (found.status, found.headers["connection"]) == (413, "close")


def test_slow_bodies_and_lost_clients_are_given_up() -> None:
    assert guarded(method="POST", body=[b"x", 0.05, b"y"]).body == b"xy"
    assert guarded(method="POST", body=[b"x", 5.0, b"y"]).status == 408
    assert guarded(method="POST", body=[b"x", 0.01, *[b""] * 3, 0.01]).status == 0


def test_reading_requests_bring_nothing() -> None:
    assert guarded(headers={"content-length": "0"}).status == 200
    assert guarded(headers={"content-length": "5"}).status == 400
    assert guarded(headers={"transfer-encoding": "chunked"}).status == 400


def test_all_bodies_together_are_bounded() -> None:
    guard = Guard(Echo(waits=0.2), rules=RULES)

    def once() -> int:
        return call(guard, "/large", method="POST", body=b"x" * 900, headers=HOST).status

    async def together() -> list[int]:
        return await asyncio.gather(asyncio.to_thread(once), asyncio.to_thread(once))

    assert sorted(finish(together)) == [200, 429]
    assert [once(), once()] == [200, 200]


def test_two_hosts_are_refused() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(b"host", b"localhost"), (b"host", b"evil.example")],
    }
    finish(lambda: Guard(Echo(), rules=RULES)(scope, receive, send))
    assert sent[0]["status"] == 400


def test_other_scopes_are_passed_on() -> None:
    seen: list[str] = []

    async def inner(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        return {}

    finish(lambda: Guard(inner, rules=RULES)({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages.read(tiny_site(tmp_path / "site"))


def paged(pages: Pages, path: str, **more: Any) -> Any:
    return call(Site(Echo(), pages=pages), path, **more)


def test_a_page_is_packed_for_those_who_take_it_and_not_sent_twice(pages: Pages) -> None:
    plain = paged(pages, "/")
    assert plain.body == paged(pages, "/index.html").body
    assert plain.headers["content-length"] == str(len(plain.body))
    packed = paged(pages, "/", headers={"accept-encoding": "br;q=1, gzip;q=0.5"})
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != plain.headers["etag"]
    assert paged(pages, "/", headers={"accept-encoding": "gzip;q=0, br"}).body == plain.body
    for known in (plain.headers["etag"], f'"x", W/{plain.headers["etag"]}', "*"):
        again = paged(pages, "/", headers={"if-none-match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", plain.headers["etag"])
    assert paged(pages, "/", headers={"if-none-match": packed.headers["etag"]}).status == 200
    head = paged(pages, "/", method="HEAD")
    assert (head.body, head.headers) == (b"", plain.headers)


def test_pages_are_live_and_have_their_own_policy(pages: Pages) -> None:
    assert b'data-api="api/"' in paged(pages, "/ask.html").body
    found = paged(pages, "/")
    assert b"<p data-live>" in found.body
    policy = found.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert policy.count("connect-src") == 1
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'none'" in policy
    assert "sandbox" in paged(pages, "/picture.svg").headers["content-security-policy"]
    assert "script-src" not in page_policy("<p>no policy of its own</p>")
    assert paged(pages, "/assets/map.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    ["/nothing.html", "/../secret", "/assets/../index.html", "//index.html", "/index.html/", "/assets", "/.git/config",
     "/etc/passwd", "/\x00", "/ask.html\x00.svg", "/link.html", "/INDEX.HTML", "/..%2fsecret", "/%2e%2e/secret"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_in_both_languages(pages: Pages, path: str) -> None:
    found = paged(pages, path)
    assert found.status == 404
    text = found.body.decode()
    assert "There is no such page" in text
    assert "没有这个页面" in text
    assert 'href="/index.html"' in text
    assert 'src="assets' not in text


def test_a_page_that_is_not_there_leads_to_the_joined_model_where_the_site_has_it(tmp_path: Path) -> None:
    folder = tiny_site(tmp_path / "site")
    link = b'href="/joined.html"'
    assert link not in paged(Pages.read(folder), "/nothing").body
    (folder / "joined.html").write_text("x")
    assert link in paged(Pages.read(folder), "/nothing").body


def test_pages_are_only_read(pages: Pages) -> None:
    found = paged(pages, "/index.html", method="POST", body=b"x")
    assert (found.status, found.headers["allow"]) == (405, "GET, HEAD")
    assert paged(pages, "/api/health").body == b"read"
    assert paged(pages, "/apix").status == 404


def test_links_out_of_the_folder_and_hidden_files_are_not_read(tmp_path: Path) -> None:
    site = tiny_site(tmp_path / "site")
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.html").write_text("secret")
    (site / "link.html").symlink_to(tmp_path / "secret.html")
    (site / "up").symlink_to(tmp_path / "folder")
    (site / "inner.html").symlink_to(site / "index.html")
    (site / "broken.html").symlink_to(site / "nowhere")
    (site / ".hidden.html").write_text("x")
    (site / ".git").mkdir()
    (site / ".git" / "config").write_text("x")
    assert set(Pages.read(site).files) == {"index.html", "ask.html", "inner.html", "picture.svg", "assets/map.js"}


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no site here"):
        Pages.read(tmp_path)
    with pytest.raises(RequestError, match="no site here"):
        Pages.read(tmp_path / "missing")


def test_a_page_in_another_encoding_goes_out_as_it_is() -> None:
    assert Held.of("x.html", b"<p>\xff</p>").plain.body == b"<p>\xff</p>"
