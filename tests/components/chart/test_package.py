"""The chart's package: found, downloaded once, verified on every use, and read."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import platformdirs
import pulumi
import pytest

from components.chart.known_values import known_keys
from components.chart.package import Chart, load_chart, packages_folder
from components.chart.repository import UnreachableError
from components.chart_versions import REPOSITORY
from components.inputs.spec import ChartSource
from tests.support.components import ABOUT, CANARY, packed, refusal, sha256
from tests.support.helm_repository import Repository, Response

PACKAGE = packed()
DIGEST = sha256(PACKAGE)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for packages in an empty cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ROCKETCHAT_PULUMI_CACHE", str(folder))
    return folder / "charts"


def _cached(cache: Path) -> dict[str, bytes]:
    """Every file in the cache, hidden ones too."""
    files = cache.rglob("*") if cache.exists() else []
    return {file.name: file.read_bytes() for file in files}


def _source(repository: Repository, digest: str = DIGEST, version: str = "7.0.2") -> ChartSource:
    return ChartSource(version, repository.url, digest, None)


def _at(path: str, digest: str | None = None) -> ChartSource:
    return ChartSource("7.0.2", REPOSITORY, digest, path)


def test_a_package_is_downloaded_once(repository: Repository, cache: Path, tmp_path: Path) -> None:
    repository.serve_chart(PACKAGE)
    source = _source(repository)
    found = load_chart(source, tmp_path)
    assert found == Chart(cache / f"{DIGEST}.tgz", "7.0.2", "8.6.1")
    assert _cached(cache) == {f"{DIGEST}.tgz": PACKAGE}
    repository.requests.clear()
    assert load_chart(source, tmp_path) == found
    assert repository.requests == []


def test_packages_are_cached_by_digest(repository: Repository, cache: Path, tmp_path: Path) -> None:
    other = packed({**ABOUT, "values.yaml": b"a: 1\n"})
    for package in (PACKAGE, other):
        repository.serve_chart(package)
        load_chart(_source(repository, sha256(package)), tmp_path)
    assert _cached(cache) == {f"{DIGEST}.tgz": PACKAGE, f"{sha256(other)}.tgz": other}


@pytest.mark.parametrize("damaged", [b"", PACKAGE[:-1], PACKAGE + b"\0", b"<html>"])
def test_a_damaged_package_in_the_cache_is_downloaded_again(
    repository: Repository, cache: Path, tmp_path: Path, damaged: bytes
) -> None:
    repository.serve_chart(PACKAGE)
    load_chart(_source(repository), tmp_path)
    (cache / f"{DIGEST}.tgz").write_bytes(damaged)
    repository.requests.clear()
    assert load_chart(_source(repository), tmp_path).version == "7.0.2"
    assert repository.requests == ["/index.yaml", "/chart.tgz"]
    assert _cached(cache) == {f"{DIGEST}.tgz": PACKAGE}


def test_a_cached_package_needs_no_network(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    cache.mkdir(parents=True)
    (cache / f"{DIGEST}.tgz").write_bytes(PACKAGE)
    assert load_chart(_source(repository), tmp_path).app_version == "8.6.1"
    assert repository.requests == []


def test_a_damaged_package_in_the_cache_is_never_used(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    cache.mkdir(parents=True)
    (cache / f"{DIGEST}.tgz").write_bytes(packed({"Chart.yaml": b"name: rocketchat\nversion: 6"}))
    repository.responses["/index.yaml"] = Response(status=503)
    with pytest.raises(UnreachableError):
        load_chart(_source(repository), tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(packed({**ABOUT, "evil.yaml": b"a: 1"}), id="another package"),
        pytest.param(PACKAGE[:-20], id="cut short"),
        pytest.param(b"<html>Please log in</html>", id="an HTML page"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_package_with_another_digest_is_refused_and_not_cached(
    repository: Repository, cache: Path, tmp_path: Path, content: bytes
) -> None:
    repository.serve_chart(content)
    assert refusal(lambda: load_chart(_source(repository), tmp_path)) == (
        f"chart.digest: the package of version 7.0.2 from {repository.url} has SHA-256"
        f" {sha256(content)}, and {DIGEST} is pinned: it is another package, or incomplete. Nothing"
        " of it was kept. Check where it comes from; pin the new digest only if you trust it."
    )
    assert _cached(cache) == {}


def test_a_download_that_fails_leaves_nothing_in_the_cache(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    repository.serve_chart(PACKAGE)
    headers = {"Content-Length": str(len(PACKAGE) + 1)}
    repository.responses["/chart.tgz"] = Response(PACKAGE, headers=headers)
    with pytest.raises(UnreachableError):
        load_chart(_source(repository), tmp_path)
    assert _cached(cache) == {}


def test_a_write_that_fails_leaves_nothing_in_the_cache(
    repository: Repository, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    repository.serve_chart(PACKAGE)
    monkeypatch.setattr(Path, "replace", full)
    assert refusal(lambda: load_chart(_source(repository), tmp_path)) == (
        f"chart: the package can't be kept in {cache} (No space left on device). Free some space or"
        " make the folder writable, or set ROCKETCHAT_PULUMI_CACHE to another folder."
    )
    assert _cached(cache) == {}


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("", id="the cache is a file"),
        pytest.param("charts", id="its folder is a file"),
        pytest.param(f"charts/{DIGEST}.tgz/x", id="the package is a folder"),
    ],
)
def test_a_cache_that_cannot_be_written_to_is_an_error(
    repository: Repository, cache: Path, tmp_path: Path, block: str
) -> None:
    repository.serve_chart(PACKAGE)
    obstacle = cache.parent / block
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.write_bytes(b"in the way")
    message = refusal(lambda: load_chart(_source(repository), tmp_path))
    assert message.startswith(f"chart: the package can't be kept in {cache} (")
    assert message.endswith("or set ROCKETCHAT_PULUMI_CACHE to another folder.")


def test_concurrent_previews_share_a_cache(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    repository.serve_chart(PACKAGE)
    with ThreadPoolExecutor(8) as pool:
        charts = list(pool.map(lambda _: load_chart(_source(repository), tmp_path), range(8)))
    assert len({*charts}) == 1
    assert _cached(cache) == {f"{DIGEST}.tgz": PACKAGE}


def test_the_cache_is_the_users_unless_the_variable_names_another(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert packages_folder() == cache
    monkeypatch.delenv("ROCKETCHAT_PULUMI_CACHE")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: Path("/home/of") / name)
    assert packages_folder() == Path("/home/of/rocketchat-pulumi/charts")
    monkeypatch.setenv("ROCKETCHAT_PULUMI_CACHE", "~/elsewhere")
    assert packages_folder() == Path.home() / "elsewhere" / "charts"


def test_a_user_without_a_home_folder_reads_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ROCKETCHAT_PULUMI_CACHE")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: Path("~/.cache") / name)
    assert refusal(packages_folder) == (
        "chart: there is no folder to keep the package in: HOME isn't set, and the system knows no"
        " home of yours. Set HOME, or ROCKETCHAT_PULUMI_CACHE to a folder that can be written to."
    )


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
@pytest.mark.parametrize("absolute", [True, False], ids=["absolute", "relative"])
def test_a_chart_given_by_path_is_used_where_it_is(
    write_chart: Callable[..., Path],
    tmp_path: Path,
    cache: Path,
    package: bool,  # noqa: FBT001 - a row of the table
    absolute: bool,  # noqa: FBT001 - a row of the table
) -> None:
    path = write_chart(package=package)
    given = str(path) if absolute else path.name
    assert load_chart(_at(given), tmp_path) == Chart(path, "7.0.2", "8.6.1")
    assert _cached(cache) == {}


def test_a_package_given_by_path_can_be_pinned_too(
    write_chart: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_chart(package=True)
    assert load_chart(_at("chart.tgz", sha256(path.read_bytes())), tmp_path).version == "7.0.2"
    assert refusal(lambda: load_chart(_at("chart.tgz", "0" * 64), tmp_path)) == (
        f"chart.digest: the package of chart.tgz has SHA-256 {DIGEST}, and {'0' * 64} is pinned: it"
        " is another package, or incomplete. Nothing of it was kept. Check where it comes from; pin"
        " the new digest only if you trust it."
    )


def test_a_folder_has_no_digest(write_chart: Callable[..., Path], tmp_path: Path) -> None:
    write_chart(package=False)
    assert refusal(lambda: load_chart(_at("chart", DIGEST), tmp_path)) == (
        "chart.digest: chart is a folder, and only a package has a digest. Remove chart.digest, or"
        " give the package."
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("missing.tgz", "No such file or directory", id="missing"),
        pytest.param("missing/chart.tgz", "No such file or directory", id="below a missing folder"),
        pytest.param("a" * 5000, "File name too long", id="too long"),
        pytest.param("a\0b", "embedded null byte", id="a null byte"),
        pytest.param("loop", "", id="a loop"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path, path: str, reason: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    message = refusal(lambda: load_chart(_at(path), tmp_path))
    assert message.startswith(f"chart.path: {path} can't be read (")
    assert reason in message
    assert message.endswith(
        "Give the path of a chart's package (.tgz) or folder, relative to the program's folder."
    )


def test_credentials_in_a_path_are_never_shown(tmp_path: Path) -> None:
    path = f"https://user:{CANARY}@charts.example.com/chart.tgz"
    assert CANARY not in refusal(lambda: load_chart(_at(path), tmp_path))


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(b"name: other\nversion: 7.0.2", id="another chart"),
        pytest.param(b"", id="empty"),
        pytest.param(b"[1]", id="an array"),
        pytest.param(b"text", id="a string"),
        pytest.param(b"version: 7.0.2", id="no name"),
    ],
)
def test_another_chart_is_refused(
    write_chart: Callable[..., Path],
    tmp_path: Path,
    package: bool,  # noqa: FBT001 - a row of the table
    metadata: bytes,
) -> None:
    path = write_chart({"Chart.yaml": metadata}, package=package)
    assert refusal(lambda: load_chart(_at(path.name), tmp_path)) == (
        f"chart.path: {path.name} isn't the chart rocketchat. Give its package or its folder."
    )


def test_a_folder_without_a_chart_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert refusal(lambda: load_chart(_at("empty"), tmp_path)) == (
        "chart.path: empty isn't the chart rocketchat. Give its package or its folder."
    )


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
@pytest.mark.parametrize("metadata", [b"name: [", b"name: 2024-99-99", b"\xff\xfe\xfa"])
def test_a_chart_whose_metadata_cannot_be_read_is_refused(
    write_chart: Callable[..., Path],
    tmp_path: Path,
    package: bool,  # noqa: FBT001 - a row of the table
    metadata: bytes,
) -> None:
    path = write_chart({"Chart.yaml": metadata}, package=package)
    message = refusal(lambda: load_chart(_at(path.name), tmp_path))
    assert message.startswith(f"chart.path: {path.name} isn't ")
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"", b"text", PACKAGE[:10], PACKAGE[10:]])
def test_a_file_that_is_no_package_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "chart.tgz").write_bytes(content)
    message = refusal(lambda: load_chart(_at("chart.tgz"), tmp_path))
    assert message.startswith("chart.path: chart.tgz isn't ")


def test_a_package_is_refused_or_read_whichever_byte_is_damaged(tmp_path: Path) -> None:
    # Longer than what is unpacked at once, so that damage shows in the middle of a file too.
    complete = packed({**ABOUT, "templates/a.yaml": b"a: 1\n" * 4000})
    damaged = [complete[:place] for place in range(len(complete))]
    for place, bits in product(range(len(complete)), (0x01, 0xFF)):
        wrong = bytes([complete[place] ^ bits])
        damaged.append(complete[:place] + wrong + complete[place + 1 :])
    endings = set()
    for content in damaged:
        (tmp_path / "chart.tgz").write_bytes(content)
        try:
            known_keys(load_chart(_at("chart.tgz"), tmp_path).path)
            endings.add("read")
        except pulumi.RunError as error:
            endings.add(str(error)[: len("chart.path: chart.tgz isn't ")])
    assert endings == {"read", "chart.path: chart.tgz isn't "}


@pytest.mark.parametrize("path", [os.devnull, "pipe"])
def test_a_path_to_a_pipe_or_a_device_is_refused_before_it_is_read(
    tmp_path: Path, path: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    message = refusal(lambda: load_chart(_at(path), tmp_path))
    assert message.startswith(f"chart.path: {path} can't be read (")


def test_partial_files_of_killed_processes_are_removed_after_an_hour(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    repository.serve_chart(PACKAGE)
    cache.mkdir(parents=True)
    for name in ("old.partial", "new.partial"):
        (cache / name).write_bytes(PACKAGE[:9])
    os.utime(cache / "old.partial", (0, 0))
    load_chart(_source(repository), tmp_path)
    assert _cached(cache) == {f"{DIGEST}.tgz": PACKAGE, "new.partial": PACKAGE[:9]}
