"""What the last lines of a crashed container's log mean.

Logs may contain secrets, such as a URL with a password. Nothing of them is ever shown: a line that
a pattern finds is reported in the row's own words.
"""

import re
from dataclasses import dataclass

TAIL_LINES = 60
"""How many of the last lines are read."""
MAX_BYTES = 256 * 1024
"""How much of them is read, from the first of these lines on."""


@dataclass(frozen=True)
class Explanation:
    """One cause that a log can name."""

    pattern: re.Pattern[str]
    """What a line contains that names it."""
    meaning: str
    remedy: str


def _row(pattern: str, meaning: str, remedy: str) -> Explanation:
    return Explanation(re.compile(pattern, re.IGNORECASE), meaning, remedy)


EXPLANATIONS = (
    # https://github.com/RocketChat/Rocket.Chat/issues/28447
    _row(
        r"(enterprise )?licen[cs]e (not found|is (invalid|expired|not valid))|invalid licen[cs]e",
        "the workspace has no valid licence, and several instances need one",
        "Set the secret license, or run one instance of each service.",
    ),
    _row(
        r"requires? a CPU with AVX|\bAVX\b.*(support|require)|illegal instruction",
        "the node's CPU has no AVX, which MongoDB needs from 5.0 on",
        "Run it on nodes whose CPU has AVX, or let virtual machines see the host's CPU.",
    ),
    # https://github.com/RocketChat/Rocket.Chat/issues/14298
    _row(
        r"CURRENT MONGODB VERSION.*NOT SUPPORTED|maximum wire version|MongoCompatibilityError",
        "MongoDB is too old for this Rocket.Chat",
        "Upgrade MongoDB, one major version after the other (Rocket.Chat 8 needs 8.0), or run an"
        " older image.tag.",
    ),
    # https://www.mongodb.com/docs/manual/reference/command/setFeatureCompatibilityVersion/
    _row(
        r"featureCompatibilityVersion|UPGRADE PROBLEM|Wrong mongod version",
        "MongoDB's data has another feature compatibility version than its program takes",
        "Start the MongoDB before this one, run setFeatureCompatibilityVersion there, and then"
        " upgrade.",
    ),
    _row(
        r"can.t find migration version|database migration failed|cannot downgrade",
        "Rocket.Chat can't migrate its database to this version, or an older version is to run on"
        " a newer one's database",
        "Run the version that ran before, or restore the backup; then upgrade one major version"
        " at a time.",
    ),
    _row(
        r"not migrating, control is locked",
        "another instance migrates the database, or one has ended in the middle of it",
        "Wait for it; if none runs, unlock the migration in MongoDB as Rocket.Chat's guide says.",
    ),
    # https://www.mongodb.com/docs/manual/core/transactions/
    _row(
        r"only (allowed|supported) on (a )?replica set|not running with --replSet"
        r"|NoReplicationEnabled|no replset config|NotYetInitialized",
        "MongoDB isn't a replica set with a primary",
        "Start it with --replSet and run rs.initiate(), or wait for its election.",
    ),
    _row(
        r"authentication ?failed|bad auth|not authorized on"
        r"|requires authentication",
        "MongoDB rejects the user or the password, or the user lacks rights on the database",
        "Check the URL in the secret mongodbUrl or the Secret mongodbSecret: user, password,"
        " authSource and the name of the database.",
    ),
    _row(
        r"authorization.violation|AUTHENTICATION_EXPIRED|nats.*(auth\w* (failed|error|timeout))",
        "NATS rejects the user or the password",
        "Check the URL in the secret natsUrl or the Secret nats.existingSecret.",
    ),
    _row(
        r"MongoParseError|invalid (connection string|scheme)|URI must include",
        "MongoDB's URL can't be read",
        "Write it as mongodb://… or mongodb+srv://…, with special characters as %XX.",
    ),
    _row(
        r"MongoServerSelectionError|MongoNetwork\w*Error|querySrv|failed to connect to server"
        r"|27017.*(ECONNREFUSED|ETIMEDOUT|ENOTFOUND)|(ECONNREFUSED|ETIMEDOUT|ENOTFOUND).*27017",
        "MongoDB can't be reached",
        "Check the host in its URL, that it runs, and that network policies and firewalls let this"
        " namespace reach it.",
    ),
    _row(
        r"nats.*(ECONNREFUSED|ENOTFOUND|CONNECTION_REFUSED|timeout)"
        r"|(ECONNREFUSED|ENOTFOUND).*:4222",
        "NATS can't be reached",
        "Look at NATS first: the other services wait for it.",
    ),
    _row(
        r"heap out of memory|heap limit",
        "the memory of Node.js is full",
        "Raise its memory: services.<service>.resources.",
    ),
    _row(
        r"ENOSPC|no space left on device",
        "a disk is full",
        "Enlarge the volume, or free the node's disk.",
    ),
    _row(
        r"EACCES|EPERM|permission denied|read-only file system",
        "it may not write a file",
        "Check who owns the volume's files: Rocket.Chat runs as user 65533 from chart 7.0.0 on.",
    ),
)
"""Looked for in this order: the more specific cause comes first."""


def explain_log(log: str) -> Explanation | None:
    """Returns the cause that the last lines of a log name; None if they name none."""
    tail = "\n".join(log.splitlines()[-TAIL_LINES:])
    return next((row for row in EXPLANATIONS if row.pattern.search(tail)), None)
