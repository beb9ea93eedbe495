"""The chart's package: found, fetched once, verified on every use, and read."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import platformdirs
import pulumi
import pytest
import yaml

from components.chart.package import Chart, load_chart, packages_folder
from components.chart.repository import UnreachableError
from components.chart_versions import CHART_DIGESTS, REPOSITORY
from components.inputs.spec import ChartSource, resolve_chart
from tests.support.components import ABOUT, CANARY, packed, problems_of, refusal, sha256
from tests.support.helm_repository import Answer, Repository

PACKAGE = packed()
DIGEST = sha256(PACKAGE)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; what is in it after a test is seen in `charts` below it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ROCKETCHAT_PULUMI_CACHE", str(folder))
    return folder / "charts"


def _kept(cache: Path) -> dict[str, bytes]:
    """Every file in the cache, hidden ones too."""
    files = cache.rglob("*") if cache.exists() else []
    return {file.name: file.read_bytes() for file in files}


def _source(repository: Repository, digest: str = DIGEST, version: str = "7.0.2") -> ChartSource:
    return ChartSource(version, repository.url, digest, None)


def _at(path: str, digest: str | None = None) -> ChartSource:
    return ChartSource("7.0.2", REPOSITORY, digest, path)


@pytest.mark.parametrize(
    ("given", "source"),
    [
        pytest.param(
            {}, ChartSource("7.0.2", REPOSITORY, CHART_DIGESTS["7.0.2"], None), id="the default"
        ),
        pytest.param(
            {"version": "6.32.1"},
            ChartSource("6.32.1", REPOSITORY, CHART_DIGESTS["6.32.1"], None),
            id="a version that is known",
        ),
        pytest.param(
            {"version": "7.1.0", "digest": "a" * 64},
            ChartSource("7.1.0", REPOSITORY, "a" * 64, None),
            id="a version with its digest",
        ),
        pytest.param(
            {"repository": "https://mirror.example.com/charts"},
            ChartSource("7.0.2", "https://mirror.example.com/charts", CHART_DIGESTS["7.0.2"], None),
            id="a mirror",
        ),
        pytest.param(
            {"path": "chart.tgz"}, ChartSource("7.0.2", REPOSITORY, None, "chart.tgz"), id="a path"
        ),
        pytest.param(
            {"path": "chart.tgz", "digest": "a" * 64},
            ChartSource("7.0.2", REPOSITORY, "a" * 64, "chart.tgz"),
            id="a path with its digest",
        ),
    ],
)
def test_a_source_is_pinned_unless_it_is_a_path(given: dict[str, str], source: ChartSource) -> None:
    assert resolve_chart(given) == source


@pytest.mark.parametrize(
    "url", ["", "charts", "ftp://x", "file:///x", "http://[", "https://", "//x", f"x:{CANARY}@y"]
)
def test_a_repository_that_is_no_web_address_is_told(url: str) -> None:
    (told,) = problems_of(lambda: resolve_chart({"repository": url}))
    assert told.startswith("chart.repository: got ")
    assert told.endswith("; allowed is a URL that begins with https://.")
    assert CANARY not in told


def test_a_package_is_fetched_once(repository: Repository, cache: Path, tmp_path: Path) -> None:
    repository.hold(PACKAGE)
    source = _source(repository)
    found = load_chart(source, tmp_path)
    assert found == Chart(cache / f"{DIGEST}.tgz", "7.0.2", "8.6.1")
    assert _kept(cache) == {f"{DIGEST}.tgz": PACKAGE}
    repository.asked.clear()
    assert load_chart(source, tmp_path) == found
    assert repository.asked == []


def test_packages_are_kept_by_digest(repository: Repository, cache: Path, tmp_path: Path) -> None:
    other = packed({**ABOUT, "values.yaml": b"a: 1\n"})
    for package in (PACKAGE, other):
        repository.hold(package)
        load_chart(_source(repository, sha256(package)), tmp_path)
    assert _kept(cache) == {f"{DIGEST}.tgz": PACKAGE, f"{sha256(other)}.tgz": other}


@pytest.mark.parametrize("damaged", [b"", PACKAGE[:-1], PACKAGE + b"\0", b"<html>"])
def test_a_kept_package_that_was_damaged_is_fetched_again(
    repository: Repository, cache: Path, tmp_path: Path, damaged: bytes
) -> None:
    repository.hold(PACKAGE)
    load_chart(_source(repository), tmp_path)
    (cache / f"{DIGEST}.tgz").write_bytes(damaged)
    repository.asked.clear()
    assert load_chart(_source(repository), tmp_path).version == "7.0.2"
    assert repository.asked == ["/index.yaml", "/chart.tgz"]
    assert _kept(cache) == {f"{DIGEST}.tgz": PACKAGE}


def test_a_kept_package_needs_no_network(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    cache.mkdir(parents=True)
    (cache / f"{DIGEST}.tgz").write_bytes(PACKAGE)
    assert load_chart(_source(repository), tmp_path).app_version == "8.6.1"
    assert repository.asked == []


def test_a_kept_package_that_was_damaged_is_never_used(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    cache.mkdir(parents=True)
    (cache / f"{DIGEST}.tgz").write_bytes(packed({"Chart.yaml": b"name: rocketchat\nversion: 6"}))
    repository.answers["/index.yaml"] = Answer(status=503)
    with pytest.raises(UnreachableError):
        load_chart(_source(repository), tmp_path)


@pytest.mark.parametrize(
    "came",
    [
        pytest.param(packed({**ABOUT, "evil.yaml": b"a: 1"}), id="another package"),
        pytest.param(PACKAGE[:-20], id="cut short"),
        pytest.param(b"<html>Please log in</html>", id="a page"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_wrong_digest_is_told_and_nothing_is_kept(
    repository: Repository, cache: Path, tmp_path: Path, came: bytes
) -> None:
    repository.hold(came)
    assert refusal(lambda: load_chart(_source(repository), tmp_path)) == (
        f"chart.digest: the package of version 7.0.2 from {repository.url} has SHA-256"
        f" {sha256(came)}, and {DIGEST} is pinned: it is another package, or not whole. Nothing of"
        " it was kept. Check where it comes from; pin the new digest only if you trust it."
    )
    assert _kept(cache) == {}


def test_a_download_that_fails_keeps_nothing(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    repository.hold(PACKAGE)
    headers = {"Content-Length": str(len(PACKAGE) + 1)}
    repository.answers["/chart.tgz"] = Answer(PACKAGE, headers=headers)
    with pytest.raises(UnreachableError):
        load_chart(_source(repository), tmp_path)
    assert _kept(cache) == {}


def test_a_write_that_fails_keeps_nothing_half(
    repository: Repository, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    repository.hold(PACKAGE)
    monkeypatch.setattr(Path, "replace", full)
    assert refusal(lambda: load_chart(_source(repository), tmp_path)) == (
        f"chart: the package can't be kept in {cache} (No space left on device). Make room or let"
        " yourself write there, or set ROCKETCHAT_PULUMI_CACHE to another folder."
    )
    assert _kept(cache) == {}


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("", id="a file for the cache"),
        pytest.param("charts", id="a file for its folder"),
        pytest.param(f"charts/{DIGEST}.tgz/x", id="a folder for the package"),
    ],
)
def test_a_cache_that_cannot_be_used_is_told(
    repository: Repository, cache: Path, tmp_path: Path, block: str
) -> None:
    repository.hold(PACKAGE)
    stone = cache.parent / block
    stone.parent.mkdir(parents=True, exist_ok=True)
    stone.write_bytes(b"in the way")
    told = refusal(lambda: load_chart(_source(repository), tmp_path))
    assert told.startswith(f"chart: the package can't be kept in {cache} (")
    assert told.endswith("or set ROCKETCHAT_PULUMI_CACHE to another folder.")


def test_previews_at_the_same_time_share_a_cache(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    repository.hold(PACKAGE)
    with ThreadPoolExecutor(8) as pool:
        charts = list(pool.map(lambda _: load_chart(_source(repository), tmp_path), range(8)))
    assert len({*charts}) == 1
    assert _kept(cache) == {f"{DIGEST}.tgz": PACKAGE}


def test_the_cache_is_the_users_unless_it_was_moved(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert packages_folder() == cache
    monkeypatch.delenv("ROCKETCHAT_PULUMI_CACHE")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: Path("/home/of") / name)
    assert packages_folder() == Path("/home/of/rocketchat-pulumi/charts")
    monkeypatch.setenv("ROCKETCHAT_PULUMI_CACHE", "~/elsewhere")
    assert packages_folder() == Path.home() / "elsewhere" / "charts"


def test_a_user_without_a_home_is_told_and_no_folder_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ROCKETCHAT_PULUMI_CACHE")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: Path("~/.cache") / name)
    assert refusal(packages_folder) == (
        "chart: there is no folder to keep the package in: HOME isn't set, and the system knows no"
        " home of yours. Set HOME, or ROCKETCHAT_PULUMI_CACHE to a folder that can be written to."
    )


@pytest.fixture
def local(tmp_path: Path) -> Callable[..., Path]:
    """Puts files there as a chart's package `chart.tgz` or as its folder `chart`."""

    def put(*, package: bool, **files: bytes) -> Path:
        whole = {**ABOUT, **{name.replace("__", "/"): held for name, held in files.items()}}
        if package:
            (tmp_path / "chart.tgz").write_bytes(packed(whole))
            return tmp_path / "chart.tgz"
        for name, held in whole.items():
            file = tmp_path / "chart" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(held)
        return tmp_path / "chart"

    return put


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
@pytest.mark.parametrize("absolute", [True, False], ids=["absolute", "relative"])
def test_a_path_is_taken_as_it_is(
    local: Callable[..., Path],
    tmp_path: Path,
    cache: Path,
    package: bool,  # noqa: FBT001 - a row of the table
    absolute: bool,  # noqa: FBT001 - a row of the table
) -> None:
    path = local(package=package)
    given = str(path) if absolute else path.name
    assert load_chart(_at(given), tmp_path) == Chart(path, "7.0.2", "8.6.1")
    assert _kept(cache) == {}


def test_a_path_may_be_pinned_too(local: Callable[..., Path], tmp_path: Path) -> None:
    path = local(package=True)
    assert load_chart(_at("chart.tgz", sha256(path.read_bytes())), tmp_path).version == "7.0.2"
    assert refusal(lambda: load_chart(_at("chart.tgz", "0" * 64), tmp_path)) == (
        f"chart.digest: the package of chart.tgz has SHA-256 {DIGEST}, and {'0' * 64} is pinned: it"
        " is another package, or not whole. Nothing of it was kept. Check where it comes from; pin"
        " the new digest only if you trust it."
    )


def test_a_folder_has_no_digest(local: Callable[..., Path], tmp_path: Path) -> None:
    local(package=False)
    assert refusal(lambda: load_chart(_at("chart", DIGEST), tmp_path)) == (
        "chart.digest: chart is a folder, and only a package has a digest. Remove chart.digest, or"
        " give the package."
    )


@pytest.mark.parametrize(
    ("path", "why"),
    [
        pytest.param("missing.tgz", "No such file or directory", id="missing"),
        pytest.param("missing/chart.tgz", "No such file or directory", id="below what is missing"),
        pytest.param("a" * 5000, "File name too long", id="too long"),
        pytest.param("a\0b", "embedded null byte", id="a null byte"),
        pytest.param("loop", "", id="a loop"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(tmp_path: Path, path: str, why: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    told = refusal(lambda: load_chart(_at(path), tmp_path))
    assert told.startswith(f"chart.path: {path} can't be read (")
    assert why in told
    assert told.endswith(
        "Give the path of a chart's package (.tgz) or folder, relative to the program's folder."
    )


def test_credentials_in_a_path_are_never_told(tmp_path: Path) -> None:
    path = f"https://user:{CANARY}@charts.example.com/chart.tgz"
    assert CANARY not in refusal(lambda: load_chart(_at(path), tmp_path))


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
@pytest.mark.parametrize(
    "about",
    [
        pytest.param(b"name: other\nversion: 7.0.2", id="another chart"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b"text", id="a text"),
        pytest.param(b"version: 7.0.2", id="no name"),
    ],
)
def test_what_is_another_chart_is_told(
    local: Callable[..., Path],
    tmp_path: Path,
    package: bool,  # noqa: FBT001 - a row of the table
    about: bytes,
) -> None:
    path = local(package=package, **{"Chart.yaml": about})
    assert refusal(lambda: load_chart(_at(path.name), tmp_path)) == (
        f"chart.path: {path.name} isn't the chart rocketchat. Give its package or its folder."
    )


def test_a_folder_without_a_chart_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert refusal(lambda: load_chart(_at("empty"), tmp_path)) == (
        "chart.path: empty isn't the chart rocketchat. Give its package or its folder."
    )


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
@pytest.mark.parametrize(
    "about", [b"name: [", b"name: 2024-99-99", b"\xff\xfe\xfa", b"a: " + b"[" * 600]
)
def test_a_chart_that_cannot_be_read_is_told(
    local: Callable[..., Path],
    tmp_path: Path,
    package: bool,  # noqa: FBT001 - a row of the table
    about: bytes,
) -> None:
    path = local(package=package, **{"Chart.yaml": about})
    told = refusal(lambda: load_chart(_at(path.name), tmp_path))
    assert told.startswith(f"chart.path: {path.name} isn't ")
    assert "\n" not in told


@pytest.mark.parametrize("content", [b"", b"text", PACKAGE[:10], PACKAGE[10:]])
def test_what_is_no_package_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "chart.tgz").write_bytes(content)
    told = refusal(lambda: load_chart(_at("chart.tgz"), tmp_path))
    assert told.startswith("chart.path: chart.tgz isn't ")


def test_a_damaged_package_is_told_or_read_whatever_byte_is_wrong(tmp_path: Path) -> None:
    # Longer than what is unpacked at once, so that damage shows in the middle of a file too.
    whole = packed({**ABOUT, "templates/a.yaml": b"a: 1\n" * 4000})
    damaged = [whole[:place] for place in range(len(whole))]
    for place, bits in product(range(len(whole)), (0x01, 0xFF)):
        wrong = bytes([whole[place] ^ bits])
        damaged.append(whole[:place] + wrong + whole[place + 1 :])
    endings = set()
    for content in damaged:
        (tmp_path / "chart.tgz").write_bytes(content)
        try:
            load_chart(_at("chart.tgz"), tmp_path).known()
            endings.add("read")
        except pulumi.RunError as error:
            endings.add(str(error)[: len("chart.path: chart.tgz isn't ")])
    assert endings == {"read", "chart.path: chart.tgz isn't "}


FILES = {
    "values.yaml": b'image: {tag: ".quoted_in_values"}\npodLabels: {}\nextraEnv: null\n',
    "templates/a.yaml": b"{{ .Values.license }} {{ with .Values.service.nodePort }}{{ end }}",
    "templates/deeper/b.tpl": b"{{- if .Values.federation.enabled -}}",
    "charts/nats/Chart.yaml": b"name: nats",
    "charts/nats/values.yaml": b"cluster: {replicas: 3}\n",
    "charts/nats/templates/c.yaml": b"{{ .Values.nats.image }}",
    "README.md": b"{{ .Values.taught.and.ignored }}",
}
KNOWN: dict[str, Any] = {
    "image": {"tag": {}},
    "podLabels": {},
    "extraEnv": {},
    "license": {},
    "service": {"nodePort": {}},
    "federation": {"enabled": {}},
    "nats": {"cluster": {"replicas": {}}, "nats": {"image": {}}},
}


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
def test_a_chart_knows_the_keys_that_it_lists_and_those_that_it_reads(
    local: Callable[..., Path],
    tmp_path: Path,
    package: bool,  # noqa: FBT001 - a row of the table
) -> None:
    path = local(package=package, **FILES)
    assert load_chart(_at(path.name), tmp_path).known() == KNOWN


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
def test_a_chart_knows_every_name_that_its_templates_may_read_a_field_by(
    local: Callable[..., Path],
    tmp_path: Path,
    package: bool,  # noqa: FBT001 - a row of the table
) -> None:
    template = b'{{ range $s := .Values.list }}{{ $s.inner }}{{ get $s "quoted" }}{{ end }}'
    path = local(package=package, **FILES, **{"templates/x.yaml": template})
    found = load_chart(_at(path.name), tmp_path).fields()
    assert {"inner", "quoted", "license", "nodePort", "image"} <= found
    assert found.isdisjoint({"taught", "ignored", "podLabels", "quoted_in_values"})


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
@pytest.mark.parametrize("name", ["charts/mongodb-1.0.0.tgz", "icon.png", ".git/index", "x.yaml"])
def test_what_is_no_text_does_no_harm(
    local: Callable[..., Path],
    tmp_path: Path,
    package: bool,  # noqa: FBT001 - a row of the table
    name: str,
) -> None:
    path = local(package=package, **FILES, **{name: PACKAGE})
    assert load_chart(_at(path.name), tmp_path).known() == KNOWN


@pytest.mark.parametrize("path", [os.devnull, "pipe", "huge.tgz"])
def test_a_path_to_what_is_no_package_is_told_before_it_is_read(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge.tgz").open("wb") as huge:
        huge.truncate(2**40)
    told = refusal(lambda: load_chart(_at(path), tmp_path))
    assert told.startswith(f"chart.path: {path} can't be read (")


def test_a_cache_is_tidied_of_what_was_abandoned(
    repository: Repository, cache: Path, tmp_path: Path
) -> None:
    repository.hold(PACKAGE)
    cache.mkdir(parents=True)
    for name in ("old.partial", "new.partial"):
        (cache / name).write_bytes(PACKAGE[:9])
    os.utime(cache / "old.partial", (0, 0))
    load_chart(_source(repository), tmp_path)
    assert _kept(cache) == {f"{DIGEST}.tgz": PACKAGE, "new.partial": PACKAGE[:9]}


def test_maps_that_aliases_repeat_are_known_wherever_they_stand(
    local: Callable[..., Path], tmp_path: Path
) -> None:
    local(package=True, **{"values.yaml": b"a: &a {b: {c: 1}}\nd: *a\ne: &e {f: *a, g: *e}\n"})
    known = load_chart(_at("chart.tgz"), tmp_path).known()
    assert known["a"] == known["d"] == known["e"]["f"] == {"b": {"c": {}}}
    assert known["e"]["g"]["g"]["f"]["b"] == {"c": {}}


@pytest.mark.parametrize("values", [b"a: [", b"a: 2024-99-99", b"a: " + b"[" * 600])
def test_values_that_cannot_be_read_are_told(
    local: Callable[..., Path], tmp_path: Path, values: bytes
) -> None:
    local(package=True, **{"values.yaml": values})
    found = load_chart(_at("chart.tgz"), tmp_path)
    assert refusal(found.known).startswith("chart.path: chart.tgz isn't a whole chart (")


def test_the_default_is_the_first_of_the_versions_that_are_known() -> None:
    assert list(CHART_DIGESTS) == ["7.0.2", "6.32.1", "6.26.0"]
    assert {len(digest) for digest in CHART_DIGESTS.values()} == {64}
    assert yaml.safe_load(REPOSITORY) == "https://rocketchat.github.io/helm-charts"
