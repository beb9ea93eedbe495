"""A real Prometheus that scrapes a workspace's targets."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.support.go_build import PROMETHEUS, build_go_program
from tests.support.http_server import Response, serve
from tests.support.prometheus import Target
from tests.support.waiting import wait_for


class PrometheusServer:
    """A Prometheus that runs."""

    def __init__(self, url: str) -> None:
        self._url = url

    def is_ready(self) -> bool:
        """Whether it answers queries, which it doesn't until it has read its storage."""
        try:
            return httpx.get(f"{self._url}/-/ready").is_success
        except httpx.HTTPError:
            return False

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Returns the samples that a query finds now.

        Raises:
            AssertionError: If Prometheus doesn't understand it.
        """
        response = httpx.get(f"{self._url}/api/v1/query", params={"query": expr})
        assert response.is_success, f"{expr}: {response.text}"
        result: list[dict[str, Any]] = response.json()["data"]["result"]
        return result


@contextmanager
def scraping(found: list[Target], folder: Path) -> Iterator[PrometheusServer]:
    """Runs a Prometheus that scrapes targets every second."""
    with serve() as pods:
        jobs: dict[str, list[dict[str, Any]]] = {}
        for number, target in enumerate(found):
            path = f"/{number}"
            content = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
            pods.responses[path] = Response(target.text, headers=content)
            labels = {**target.labels, "__metrics_path__": path}
            address = pods.url.removeprefix("http://")
            config = {"targets": [address], "labels": labels}
            jobs.setdefault(target.labels["job"], []).append(config)
        configuration = {
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [
                {"job_name": job, "static_configs": configs} for job, configs in jobs.items()
            ],
        }
        file = folder / "prometheus.yaml"
        file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        with (folder / "prometheus.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    build_go_program(PROMETHEUS),
                    f"--config.file={file}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address={address}",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                server = PrometheusServer(f"http://{address}")
                wait_for(server.is_ready, "Prometheus never got ready")
                # A rate needs two samples.
                scraped = "count_over_time(up[1m]) > 2"
                wait_for(
                    lambda: len(server.query(scraped)) == len(found), "Prometheus scraped nothing"
                )
                yield server
            finally:
                process.terminate()
                process.wait()
