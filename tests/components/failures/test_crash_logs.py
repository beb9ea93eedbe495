"""What the last lines of logs mean."""

import pytest

from components.failures.crash_logs import TAIL_LINES, explain_log


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            '{"level":60,"mod":"broker","msg":"Enterprise license not found. Shutting down..."}',
            "no valid licence",
        ),
        ("WARNING: MongoDB 5.0+ requires a CPU with AVX support", "no AVX"),
        ("YOUR CURRENT MONGODB VERSION (6.0) IS NOT SUPPORTED BY ROCKET.CHAT", "too old"),
        (
            "MongoCompatibilityError: Server at db:27017 reports maximum wire version 8",
            "MongoDB is too old",
        ),
        ("Invalid featureCompatibilityVersion document", "feature compatibility version"),
        ("Can't find migration version 202", "can't migrate its database"),
        ("Not migrating, control is locked. Attempt 30/30", "another instance migrates"),
        (
            "MongoServerError: Transaction numbers are only allowed on a replica set member",
            "isn't a replica set",
        ),
        ("The $changeStream stage is only supported on replica sets", "isn't a replica set"),
        ("MongoServerError: Authentication failed.", "rejects the user or the password"),
        ("not authorized on rocketchat to execute command", "lacks rights"),
        ("NatsError: 'Authorization Violation'", "NATS rejects"),
        ("MongoParseError: Invalid scheme", "URL can't be read"),
        ("MongoServerSelectionError: connect ECONNREFUSED 10.0.0.1:27017", "can't be reached"),
        ("MongoServerSelectionError: type: 'ReplicaSetNoPrimary'", "MongoDB can't be reached"),
        ("NatsError: CONNECTION_REFUSED", "NATS can't be reached"),
        ("FATAL ERROR: JavaScript heap out of memory", "memory of Node.js"),
        ("Error: EACCES: permission denied, mkdir '/app/uploads'", "may not write"),
    ],
)
def test_a_line_names_the_cause(line: str, words: str) -> None:
    explanation = explain_log(f"starting\n{line}\nbye\n")
    assert explanation is not None
    assert words in explanation.meaning
    assert explanation.remedy


@pytest.mark.parametrize(
    "log",
    [
        "",
        "Error: something else",
        "Connected to MongoDB, replica set rs0",
        '{"msg":"License installed"}',
        "SERVER RUNNING\nMongoDB Version: 8.0.4",
    ],
)
def test_other_logs_explain_nothing(log: str) -> None:
    assert explain_log(log) is None


def test_only_the_last_lines_count() -> None:
    assert explain_log("Authentication failed\n" + "later\n" * TAIL_LINES) is None
