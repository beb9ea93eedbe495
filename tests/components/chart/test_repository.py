"""A Helm repository on this machine, in every state that one can be in."""

import socket
from typing import Any

import pulumi
import pytest

from components.chart.repository import UnreachableError, download
from tests.support.components import CANARY, packed, refusal
from tests.support.helm_repository import Answer, Repository

PACKAGE = packed()
WAY_OUT = (
    " Check the network and the proxy, or download the package elsewhere and give it by chart.path."
)


def _index(text: str) -> Answer:
    return Answer(text.encode())


def test_the_package_is_the_one_that_the_index_leads_to(repository: Repository) -> None:
    repository.hold(PACKAGE)
    assert download(repository.url, "7.0.2") == PACKAGE
    assert repository.asked == ["/index.yaml", "/chart.tgz"]


def test_of_several_versions_the_one_asked_for_comes(repository: Repository) -> None:
    entries = ", ".join(f"{{version: {v}, urls: [{v}.tgz]}}" for v in ("7.1.0", "7.0.2", "6.9.9"))
    repository.answers["/index.yaml"] = _index(f"entries: {{rocketchat: [{entries}]}}")
    for version in ("7.1.0", "7.0.2", "6.9.9"):
        repository.answers[f"/{version}.tgz"] = Answer(version.encode())
        assert download(repository.url, version) == version.encode()


def test_a_repository_may_be_a_folder_of_a_site(repository: Repository) -> None:
    repository.hold(PACKAGE)
    below = {f"/helm/charts{path}": answer for path, answer in repository.answers.items()}
    repository.answers = below
    assert download(f"{repository.url}/helm/charts", "7.0.2") == PACKAGE
    assert download(f"{repository.url}/helm/charts/", "7.0.2") == PACKAGE


def test_a_package_may_be_on_another_site(repository: Repository) -> None:
    repository.hold(PACKAGE, url=f"http://localhost:{repository.server_port}/chart.tgz")
    assert download(repository.url, "7.0.2") == PACKAGE


def test_a_redirect_is_followed(repository: Repository) -> None:
    repository.hold(PACKAGE)
    for path in ("/index.yaml", "/chart.tgz"):
        repository.answers[f"/new{path}"] = repository.answers[path]
        repository.answers[path] = Answer(status=302, headers={"Location": f"/new{path}"})
    assert download(repository.url, "7.0.2") == PACKAGE


ODD_DATES = "entries: {rocketchat: [{version: 7.0.2, created: 2024-99-99, urls: [chart.tgz]}]}"


def test_dates_and_numbers_that_are_none_do_no_harm(repository: Repository) -> None:
    repository.hold(PACKAGE)
    repository.answers["/index.yaml"] = _index(f"{ODD_DATES}\nsize: {'9' * 5000}")
    assert download(repository.url, "7.0.2") == PACKAGE


@pytest.mark.parametrize(
    "index",
    [
        pytest.param("<html><body>Please log in</body></html>", id="a page"),
        pytest.param("", id="nothing"),
        pytest.param("- 1", id="a list"),
        pytest.param("entries: [", id="no YAML"),
        pytest.param("entries: {}", id="no chart"),
        pytest.param("[" * 600, id="too deep"),
        pytest.param("\xff\xfe\x00", id="binary"),
    ],
)
def test_what_is_no_index_is_told(repository: Repository, index: str) -> None:
    repository.answers["/index.yaml"] = Answer(index.encode("latin-1"))
    assert refusal(lambda: download(repository.url, "7.0.2")) == (
        f"chart: {repository.url} has no index of a Helm repository with the chart rocketchat"
        " (a proxy's page, perhaps). Check chart.repository."
    )


NO_ENTRIES = [
    pytest.param("", id="nothing"),
    pytest.param("{a: 1}", id="a map"),
    pytest.param("[null]", id="an entry that is none"),
    pytest.param("[{urls: [chart.tgz]}]", id="no version"),
    pytest.param("[{version: [7.0.2], urls: [chart.tgz]}]", id="a list for a version"),
    pytest.param("[{version: 7.0.2}]", id="no addresses"),
    pytest.param("[{version: 7.0.2, urls: []}]", id="no address"),
    pytest.param("[{version: 7.0.2, urls: [{a: b}]}]", id="a map for an address"),
    pytest.param("[{version: 7.0.2, urls: [[chart.tgz]]}]", id="a list for an address"),
]


@pytest.mark.parametrize("entries", NO_ENTRIES)
def test_an_index_without_a_usable_entry_has_not_the_version(
    repository: Repository, entries: str
) -> None:
    repository.hold(PACKAGE)
    repository.answers["/index.yaml"] = _index(f"entries: {{rocketchat: {entries}}}")
    assert refusal(lambda: download(repository.url, "7.0.2")) == (
        f"chart.version: {repository.url} has no version 7.0.2. Check chart.version and"
        " chart.repository."
    )


@pytest.mark.parametrize("entry", ["null", "{urls: []}", "{version: 7.0.1}", "[1]"])
def test_an_unusable_entry_does_the_others_no_harm(repository: Repository, entry: str) -> None:
    repository.hold(PACKAGE)
    good = "{version: 7.0.2, urls: [chart.tgz]}"
    repository.answers["/index.yaml"] = _index(f"entries: {{rocketchat: [{entry}, {good}]}}")
    assert download(repository.url, "7.0.2") == PACKAGE


def test_a_version_that_is_not_there_is_told(repository: Repository) -> None:
    repository.hold(PACKAGE)
    assert refusal(lambda: download(repository.url, "7.0.3")) == (
        f"chart.version: {repository.url} has no version 7.0.3. Check chart.version and"
        " chart.repository."
    )


def _unreachable(url: str) -> str:
    with pytest.raises(UnreachableError) as raised:
        download(url, "7.0.2")
    return str(raised.value)


def _free_port() -> tuple[socket.socket, int]:
    """A port that is taken and at which nobody listens."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken, taken.getsockname()[1]


def test_a_refused_connection_is_told(repository: Repository) -> None:
    del repository  # for the environment without proxies
    taken, port = _free_port()
    with taken:
        told = _unreachable(f"http://127.0.0.1:{port}/charts")
    assert told.startswith(f"chart: http://127.0.0.1:{port} can't be reached (")
    assert "Connection refused" in told
    assert told.endswith(WAY_OUT)


def test_silence_is_told(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    del repository
    monkeypatch.setattr("components.chart.repository.TIMEOUT", 0.05)
    taken, port = _free_port()
    with taken:
        taken.listen()
        told = _unreachable(f"http://127.0.0.1:{port}")
    assert told == (
        f"chart: http://127.0.0.1:{port} didn't answer in full within 0.05 s. Try again, or"
        " download the package elsewhere and give it by chart.path."
    )


@pytest.mark.parametrize("path", ["/index.yaml", "/chart.tgz"])
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(Answer(status=403), "403 Forbidden", id="forbidden"),
        pytest.param(Answer(status=407), "407 Proxy Authentication Required", id="a proxy"),
        pytest.param(Answer(status=503), "503 Service Unavailable", id="out of order"),
        pytest.param(Answer(status=302), "302 Found", id="a redirect to nowhere"),
        pytest.param(
            Answer(status=302, headers={"Location": "ftp://127.0.0.1/x"}),
            "Request URL has an unsupported protocol 'ftp://…",
            id="a redirect to another protocol",
        ),
        pytest.param(
            Answer(b"half", headers={"Content-Length": "100"}),
            "peer closed connection without sending complete message body",
            id="cut short",
        ),
    ],
)
def test_an_answer_that_is_none_is_told(
    repository: Repository, path: str, answer: Answer, why: str
) -> None:
    repository.hold(PACKAGE)
    repository.answers[path] = answer
    told = _unreachable(repository.url)
    assert told.startswith(f"chart: {repository.url} can't be reached ({why}")
    assert told.endswith(WAY_OUT)


def test_a_redirect_in_circles_is_told(repository: Repository) -> None:
    circle = Answer(status=302, headers={"Location": "/index.yaml"})
    repository.answers["/index.yaml"] = circle
    assert "Exceeded maximum allowed redirects" in _unreachable(repository.url)


@pytest.mark.parametrize("missing", ["/index.yaml", "/chart.tgz"])
@pytest.mark.parametrize(("status", "reason"), [(404, "Not Found"), (410, "Gone")])
def test_a_repository_that_answers_and_has_it_not_was_reached(
    repository: Repository, missing: str, status: int, reason: str
) -> None:
    repository.hold(PACKAGE)
    repository.answers[missing] = Answer(status=status)
    with pytest.raises(pulumi.RunError) as raised:
        download(repository.url, "7.0.2")
    assert not isinstance(raised.value, UnreachableError)
    assert str(raised.value) == (
        f"chart: {repository.url} has no such file ({status} {reason}). Check chart.repository and"
        " chart.version."
    )


@pytest.mark.parametrize("path", ["/index.yaml", "/chart.tgz"])
def test_what_is_too_large_is_given_up(repository: Repository, path: str) -> None:
    repository.hold(PACKAGE)
    repository.answers[path] = Answer(b"\0" * (16 * 2**20 + 1))
    assert refusal(lambda: download(repository.url, "7.0.2")) == (
        f"chart: {repository.url} is larger than 16 MiB, and so no chart. Check chart.repository."
    )


def test_a_package_is_taken_as_it_was_sent(repository: Repository) -> None:
    """Servers say of a .tgz that it is zipped; its digest is that of the file all the same."""
    repository.hold(PACKAGE)
    repository.answers["/chart.tgz"] = Answer(PACKAGE, headers={"Content-Encoding": "gzip"})
    assert download(repository.url, "7.0.2") == PACKAGE


def test_an_index_of_more_than_charts_is_given_up(repository: Repository) -> None:
    repository.answers["/index.yaml"] = _index("entries: [" + "a," * 500_000 + "]")
    told = refusal(lambda: download(repository.url, "7.0.2"))
    assert "has no index of a Helm repository" in told


@pytest.mark.parametrize("url", ["http://[", "http://x..y/", "file:///etc/passwd", "a\0b", "ftp:x"])
def test_an_address_that_is_none_is_told(repository: Repository, url: str) -> None:
    entry: Any = f'entries: {{rocketchat: [{{version: 7.0.2, urls: ["{url}"]}}]}}'
    repository.answers["/index.yaml"] = _index(entry.replace("\0", "\\0"))
    told = refusal(lambda: download(repository.url, "7.0.2"))
    assert told.startswith("chart: ")
    assert told.count("\n") == 0


@pytest.mark.parametrize(
    "url", ["http://[", "http://x..y", "http://", "http:///x", "http://\u2028"]
)
def test_a_repository_whose_address_is_none_is_told(repository: Repository, url: str) -> None:
    del repository
    assert _unreachable(url).startswith("chart: ")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("HTTP_PROXY", f"junk://u:{CANARY}@proxy", "Unknown scheme for proxy URL"),
        ("ALL_PROXY", f"socks5://u:{CANARY}@proxy:1", "Using SOCKS proxy"),
        ("SSL_CERT_FILE", "/no/such/file", "No such file or directory"),
    ],
)
def test_an_environment_that_lets_nobody_out_is_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)
    told = refusal(lambda: download(repository.url, "7.0.2"))
    assert told.startswith("chart: no connection can be made with the proxy or certificates that")
    assert why in told
    assert told.endswith("Check HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE.")
    assert CANARY not in told


PAGE = _index("entries: {}")
BROKEN = Answer(status=500)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({}, id="nothing there"),
        pytest.param({"/index.yaml": BROKEN}, id="out of order"),
        pytest.param({"/index.yaml": PAGE}, id="no index"),
        pytest.param({"/index.yaml": _index(ODD_DATES)}, id="no package"),
        pytest.param({"/index.yaml": _index(ODD_DATES.replace("7.0", "7.1"))}, id="no version"),
        pytest.param({"/index.yaml": Answer(b"\0" * (16 * 2**20 + 1))}, id="too large"),
        pytest.param(
            {"/index.yaml": Answer(status=302, headers={"Location": "ftp://x"})}, id="redirected"
        ),
    ],
)
def test_credentials_of_the_repository_are_never_told(
    repository: Repository, answers: dict[str, Answer]
) -> None:
    repository.answers = answers
    url = repository.url.replace("//", f"//user:{CANARY}@")
    told = refusal(lambda: download(url, "7.0.2"))
    assert CANARY not in told
    assert "127.0.0.1" in told
