"""Helm values -> the volume for uploaded files."""

from components.inputs.definitions import READ_WRITE_ONCE
from components.services import ROCKETCHAT
from tools.adopt.source import Source
from tools.adopt.translation import Translation


def add_uploads(source: Source, translation: Translation) -> None:
    """Checks what the rows of inputs have made of `persistence`."""
    uploads = translation.config.get("uploads")
    if uploads is None:
        return
    if "existingClaim" in uploads:
        for name in ("size", "storageClass"):
            uploads.pop(name, None)
    elif not uploads.get("size"):
        translation.refuse("persistence.size", "is missing. Give the size of the claim.")
    if uploads.get("storageClass") == "-":
        translation.refuse(
            "persistence.storageClass",
            '"-" stands for a volume that was made by hand. Name its claim by'
            " persistence.existingClaim.",
        )
    monoliths = translation.config["replicas"].get(ROCKETCHAT.config_name, 1)
    if uploads.get("accessMode", READ_WRITE_ONCE) != READ_WRITE_ONCE or monoliths == 1:
        return
    if source.as_is:
        del translation.config["uploads"]
        translation.notes.append(
            f"persistence: {monoliths} monoliths share a volume that only one node mounts. They"
            " keep it, and the claim stays as it is, outside the stack. Move the uploads elsewhere"
            " (Rocket.Chat: GridFS, S3), or to a volume that several nodes mount."
        )
    else:
        as_it_is = " or take it over as it is (--as-is)," if source.is_running else ""
        translation.refuse(
            "persistence.accessMode",
            f"is {READ_WRITE_ONCE}, which only one node mounts, and {monoliths} monoliths run. Use"
            " ReadWriteMany with a storage class that has it, or run one (replicaCount),"
            f"{as_it_is} or keep uploads elsewhere (Rocket.Chat: GridFS, S3).",
        )
