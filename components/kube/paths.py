"""Paths of the Kubernetes API."""


def collection_path(api_version: str, kind: str, namespace: str = "") -> str:
    """Returns the path at which the objects of a kind are listed and created.

    Args:
        api_version: As in an object's `apiVersion`: `v1`, or a group and a version.
        kind: The kind, whose name in paths is its English plural.
        namespace: The namespace; all of them, or none for kinds without, by default.
    """
    root = "apis" if "/" in api_version else "api"
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"/{root}/{api_version}{scope}/{plural(kind)}"


def plural(kind: str) -> str:
    """Returns the name of a kind in paths and in the lists of what an API has."""
    word = kind.lower()
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("s") else f"{word}s"
