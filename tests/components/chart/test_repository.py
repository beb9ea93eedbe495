"""Downloads from a Helm repository on this machine, in every state that it can be in."""

import hashlib
import socket
from typing import Any

import pulumi
import pytest

from components.chart.repository import UnreachableError, download, index_digest
from tests.support.components import CANARY, packed, refusal
from tests.support.helm_repository import Repository, Response

PACKAGE = packed()
REMEDY = (
    " Check the network and the proxy, or download the package elsewhere and give it by chart.path."
)


def _index(text: str) -> Response:
    return Response(text.encode())


def test_the_package_is_the_one_that_the_index_names(repository: Repository) -> None:
    repository.serve_chart(PACKAGE)
    assert download(repository.url, "7.0.2") == PACKAGE
    assert repository.requests == ["/index.yaml", "/chart.tgz"]


def test_the_requested_one_of_several_versions_is_downloaded(repository: Repository) -> None:
    entries = ", ".join(f"{{version: {v}, urls: [{v}.tgz]}}" for v in ("7.1.0", "7.0.2", "6.9.9"))
    repository.responses["/index.yaml"] = _index(f"entries: {{rocketchat: [{entries}]}}")
    for version in ("7.1.0", "7.0.2", "6.9.9"):
        repository.responses[f"/{version}.tgz"] = Response(version.encode())
        assert download(repository.url, version) == version.encode()


def test_the_index_has_the_digest_of_each_version(repository: Repository) -> None:
    repository.serve_chart(PACKAGE, "6.9.9")
    assert index_digest(repository.url, "6.9.9") == hashlib.sha256(PACKAGE).hexdigest()
    assert repository.requests == ["/index.yaml"]
    assert "has no version 7.0.2" in refusal(lambda: index_digest(repository.url, "7.0.2"))
    repository.responses["/index.yaml"] = _index("entries: {rocketchat: [{version: a, urls: [b]}]}")
    assert index_digest(repository.url, "a") == ""


def test_a_repository_can_be_below_a_path_of_its_site(repository: Repository) -> None:
    repository.serve_chart(PACKAGE)
    below = {f"/helm/charts{path}": response for path, response in repository.responses.items()}
    repository.responses = below
    assert download(f"{repository.url}/helm/charts", "7.0.2") == PACKAGE
    assert download(f"{repository.url}/helm/charts/", "7.0.2") == PACKAGE


def test_a_package_can_be_on_another_site(repository: Repository) -> None:
    repository.serve_chart(PACKAGE, url=f"http://localhost:{repository.server_port}/chart.tgz")
    assert download(repository.url, "7.0.2") == PACKAGE


def test_a_redirect_is_followed(repository: Repository) -> None:
    repository.serve_chart(PACKAGE)
    for path in ("/index.yaml", "/chart.tgz"):
        repository.responses[f"/new{path}"] = repository.responses[path]
        repository.responses[path] = Response(status=302, headers={"Location": f"/new{path}"})
    assert download(repository.url, "7.0.2") == PACKAGE


ODD_DATES = "entries: {rocketchat: [{version: 7.0.2, created: 2024-99-99, urls: [chart.tgz]}]}"


def test_wrong_dates_and_numbers_in_the_index_do_not_matter(repository: Repository) -> None:
    repository.serve_chart(PACKAGE)
    repository.responses["/index.yaml"] = _index(f"{ODD_DATES}\nsize: {'9' * 5000}")
    assert download(repository.url, "7.0.2") == PACKAGE


@pytest.mark.parametrize(
    "index",
    [
        pytest.param("<html><body>Please log in</body></html>", id="an HTML page"),
        pytest.param("", id="empty"),
        pytest.param("- 1", id="an array"),
        pytest.param("entries: [", id="not YAML"),
        pytest.param("entries: {}", id="no chart"),
        pytest.param("[" * 600, id="too deep"),
        pytest.param("\xff\xfe\x00", id="binary"),
    ],
)
def test_a_file_that_is_no_index_is_refused(repository: Repository, index: str) -> None:
    repository.responses["/index.yaml"] = Response(index.encode("latin-1"))
    assert refusal(lambda: download(repository.url, "7.0.2")) == (
        f"chart: {repository.url} has no index of a Helm repository with the chart rocketchat"
        " (a proxy's page, perhaps). Check chart.repository."
    )


NO_ENTRIES = [
    pytest.param("", id="empty"),
    pytest.param("{a: 1}", id="an object"),
    pytest.param("[null]", id="a null entry"),
    pytest.param("[{urls: [chart.tgz]}]", id="no version"),
    pytest.param("[{version: [7.0.2], urls: [chart.tgz]}]", id="an array as the version"),
    pytest.param("[{version: 7.0.2}]", id="no URLs"),
    pytest.param("[{version: 7.0.2, urls: []}]", id="an empty array of URLs"),
    pytest.param("[{version: 7.0.2, urls: [{a: b}]}]", id="an object as the URL"),
    pytest.param("[{version: 7.0.2, urls: [[chart.tgz]]}]", id="an array as the URL"),
]


@pytest.mark.parametrize("entries", NO_ENTRIES)
def test_an_index_without_a_usable_entry_does_not_have_the_version(
    repository: Repository, entries: str
) -> None:
    repository.serve_chart(PACKAGE)
    repository.responses["/index.yaml"] = _index(f"entries: {{rocketchat: {entries}}}")
    assert refusal(lambda: download(repository.url, "7.0.2")) == (
        f"chart.version: {repository.url} has no version 7.0.2. Check chart.version and"
        " chart.repository."
    )


@pytest.mark.parametrize("entry", ["null", "{urls: []}", "{version: 7.0.1}", "[1]"])
def test_an_unusable_entry_does_not_affect_the_others(repository: Repository, entry: str) -> None:
    repository.serve_chart(PACKAGE)
    good = "{version: 7.0.2, urls: [chart.tgz]}"
    repository.responses["/index.yaml"] = _index(f"entries: {{rocketchat: [{entry}, {good}]}}")
    assert download(repository.url, "7.0.2") == PACKAGE


def test_a_version_that_is_not_in_the_index_is_refused(repository: Repository) -> None:
    repository.serve_chart(PACKAGE)
    assert refusal(lambda: download(repository.url, "7.0.3")) == (
        f"chart.version: {repository.url} has no version 7.0.3. Check chart.version and"
        " chart.repository."
    )


def _unreachable(url: str) -> str:
    with pytest.raises(UnreachableError) as raised:
        download(url, "7.0.2")
    return str(raised.value)


def _unused_port() -> tuple[socket.socket, int]:
    """A bound port that nothing listens on, with the socket that keeps it so."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound, bound.getsockname()[1]


def test_a_refused_connection_is_reported(repository: Repository) -> None:
    del repository  # its fixture removes proxies from the environment
    bound, port = _unused_port()
    with bound:
        message = _unreachable(f"http://127.0.0.1:{port}/charts")
    assert message.startswith(f"chart: http://127.0.0.1:{port} can't be reached (")
    assert "Connection refused" in message
    assert message.endswith(REMEDY)


def test_a_repository_that_never_answers_is_reported(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    del repository
    monkeypatch.setattr("components.chart.repository.TIMEOUT", 0.05)
    bound, port = _unused_port()
    with bound:
        bound.listen()
        message = _unreachable(f"http://127.0.0.1:{port}")
    assert message == (
        f"chart: http://127.0.0.1:{port} didn't answer in full within 0.05 s. Try again, or"
        " download the package elsewhere and give it by chart.path."
    )


@pytest.mark.parametrize("path", ["/index.yaml", "/chart.tgz"])
@pytest.mark.parametrize(
    ("response", "reason"),
    [
        pytest.param(Response(status=403), "403 Forbidden", id="forbidden"),
        pytest.param(
            Response(status=407),
            "407 Proxy Authentication Required",
            id="a proxy without credentials",
        ),
        pytest.param(Response(status=503), "503 Service Unavailable", id="out of order"),
        pytest.param(Response(status=302), "302 Found", id="a redirect to nowhere"),
        pytest.param(
            Response(status=302, headers={"Location": "ftp://127.0.0.1/x"}),
            "Request URL has an unsupported protocol 'ftp://…",
            id="a redirect to another protocol",
        ),
        pytest.param(
            Response(b"half", headers={"Content-Length": "100"}),
            "peer closed connection without sending complete message body",
            id="cut short",
        ),
    ],
)
def test_a_response_that_is_an_error_is_reported(
    repository: Repository, path: str, response: Response, reason: str
) -> None:
    repository.serve_chart(PACKAGE)
    repository.responses[path] = response
    message = _unreachable(repository.url)
    assert message.startswith(f"chart: {repository.url} can't be reached ({reason}")
    assert message.endswith(REMEDY)


def test_a_redirect_loop_is_reported(repository: Repository) -> None:
    circle = Response(status=302, headers={"Location": "/index.yaml"})
    repository.responses["/index.yaml"] = circle
    assert "Exceeded maximum allowed redirects" in _unreachable(repository.url)


@pytest.mark.parametrize("missing", ["/index.yaml", "/chart.tgz"])
@pytest.mark.parametrize(("status", "reason"), [(404, "Not Found"), (410, "Gone")])
def test_a_file_that_is_missing_does_not_make_the_repository_unreachable(
    repository: Repository, missing: str, status: int, reason: str
) -> None:
    repository.serve_chart(PACKAGE)
    repository.responses[missing] = Response(status=status)
    with pytest.raises(pulumi.RunError) as raised:
        download(repository.url, "7.0.2")
    assert not isinstance(raised.value, UnreachableError)
    assert str(raised.value) == (
        f"chart: {repository.url} has no such file ({status} {reason}). Check chart.repository and"
        " chart.version."
    )


@pytest.mark.parametrize("path", ["/index.yaml", "/chart.tgz"])
def test_a_download_that_is_too_large_is_aborted(repository: Repository, path: str) -> None:
    repository.serve_chart(PACKAGE)
    repository.responses[path] = Response(b"\0" * (16 * 2**20 + 1))
    assert refusal(lambda: download(repository.url, "7.0.2")) == (
        f"chart: {repository.url} sends a file larger than 16 MiB, which no chart is. Check"
        " chart.repository."
    )


def test_a_package_is_not_decoded(repository: Repository) -> None:
    """Servers send a .tgz as encoded with gzip; its digest is that of the file all the same."""
    repository.serve_chart(PACKAGE)
    repository.responses["/chart.tgz"] = Response(PACKAGE, headers={"Content-Encoding": "gzip"})
    assert download(repository.url, "7.0.2") == PACKAGE


@pytest.mark.parametrize("url", ["http://[", "http://x..y/", "file:///etc/passwd", "a\0b", "ftp:x"])
def test_a_package_with_an_invalid_url_is_refused(repository: Repository, url: str) -> None:
    entry: Any = f'entries: {{rocketchat: [{{version: 7.0.2, urls: ["{url}"]}}]}}'
    repository.responses["/index.yaml"] = _index(entry.replace("\0", "\\0"))
    message = refusal(lambda: download(repository.url, "7.0.2"))
    assert message.startswith("chart: ")
    assert message.count("\n") == 0


@pytest.mark.parametrize(
    "url", ["http://[", "http://x..y", "http://", "http:///x", "http://\u2028"]
)
def test_a_repository_with_an_invalid_url_is_unreachable(repository: Repository, url: str) -> None:
    del repository
    assert _unreachable(url).startswith("chart: ")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("HTTP_PROXY", f"junk://u:{CANARY}@proxy", "Unknown scheme for proxy URL"),
        ("ALL_PROXY", f"socks5://u:{CANARY}@proxy:1", "Using SOCKS proxy"),
        ("SSL_CERT_FILE", "/no/such/file", "No such file or directory"),
    ],
)
def test_a_proxy_or_certificate_that_cannot_be_used_is_reported(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    message = refusal(lambda: download(repository.url, "7.0.2"))
    assert message.startswith(
        "chart: no connection can be made with the proxy or certificates that"
    )
    assert reason in message
    assert message.endswith("Check HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE.")
    assert CANARY not in message


PAGE = _index("entries: {}")
BROKEN = Response(status=500)


@pytest.mark.parametrize(
    "responses",
    [
        pytest.param({}, id="nothing served"),
        pytest.param({"/index.yaml": BROKEN}, id="out of order"),
        pytest.param({"/index.yaml": PAGE}, id="no index"),
        pytest.param({"/index.yaml": _index(ODD_DATES)}, id="no package"),
        pytest.param({"/index.yaml": _index(ODD_DATES.replace("7.0", "7.1"))}, id="no version"),
        pytest.param({"/index.yaml": Response(b"\0" * (16 * 2**20 + 1))}, id="too large"),
        pytest.param(
            {"/index.yaml": Response(status=302, headers={"Location": "ftp://x"})}, id="redirected"
        ),
    ],
)
def test_credentials_of_the_repository_are_never_shown(
    repository: Repository, responses: dict[str, Response]
) -> None:
    repository.responses = responses
    url = repository.url.replace("//", f"//user:{CANARY}@")
    message = refusal(lambda: download(url, "7.0.2"))
    assert CANARY not in message
    assert "127.0.0.1" in message
