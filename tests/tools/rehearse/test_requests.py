from tools.rehearse.requests import pod_requests


def container(cpu: str, **fields: str) -> dict[str, object]:
    return {"resources": {"requests": {"cpu": cpu}}, **fields}


def test_containers_run_at_once() -> None:
    assert pod_requests({"containers": [container("250m"), container("1")]}) == {"cpu": "1250m"}


def test_an_init_container_runs_alone_so_only_the_largest_counts() -> None:
    spec = {
        "initContainers": [container("2"), container("3")],
        "containers": [container("500m")],
    }
    assert pod_requests(spec) == {"cpu": "3000m"}


def test_a_sidecar_runs_beside_what_follows_it() -> None:
    spec = {
        "initContainers": [container("1", restartPolicy="Always"), container("2")],
        "containers": [container("500m")],
    }
    assert pod_requests(spec) == {"cpu": "3000m"}
    spec["containers"] = [container("2500m")]
    assert pod_requests(spec) == {"cpu": "3500m"}


def test_a_limit_without_a_request_is_the_request() -> None:
    spec = {"containers": [{"resources": {"limits": {"memory": "1Gi"}}}]}
    assert pod_requests(spec) == {"memory": str(2**30)}


def test_what_the_pod_itself_requests_and_its_overhead_count() -> None:
    spec = {
        "containers": [container("250m")],
        "resources": {"requests": {"cpu": "1"}},
        "overhead": {"cpu": "100m", "memory": "64Mi"},
    }
    assert pod_requests(spec) == {"cpu": "1100m", "memory": str(64 * 2**20)}
