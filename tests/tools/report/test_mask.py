"""What is masked, and what is left to read."""

import base64

import pytest

from tools.report.mask import MASKED, Mask

SECRET = "p4ss/word+ü"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"a {SECRET} b", f"a {MASKED} b"),
        ("a p4ss%2Fword%2B%C3%BC b", f"a {MASKED} b"),
        ("a p4ss%2fword%2b%c3%bc b", f"a {MASKED} b"),
        ("a %70%34ss/word%2b%C3%BC b", MASKED),
        (r'{"a": "p4ss/word+\u00fc"}', f'{{"a": "{MASKED}"}}'),
        (base64.b64encode(SECRET.encode()).decode(), f"{MASKED}"),
        ("100% of it", "100% of it"),
    ],
)
def test_a_secret_is_masked_however_it_is_written(text: str, masked: str) -> None:
    assert Mask([SECRET]).tree({"text": text})["text"].rstrip("=") == masked


def test_a_secret_of_several_lines_is_masked_line_by_line() -> None:
    mask = Mask(["-----BEGIN KEY-----\nAAAABBBBCCCC\n-----END KEY-----\n"])
    assert mask.text("key: |\n  AAAABBBBCCCC\n") == f"key: |\n  {MASKED}\n"


def test_the_password_of_a_url_is_secret_by_itself() -> None:
    mask = Mask(["mongodb://chat:s%40cret@db.example.com"])
    assert mask.text("it is s@cret") == f"it is {MASKED}"


@pytest.mark.parametrize("login", ["user:word", "token", "us%40er:wo:rd"])
def test_a_login_in_a_url_is_masked_whoever_wrote_it_there(login: str) -> None:
    told = Mask().tree({"url": f"https://{login}@example.com/a"})
    assert told == {"url": f"https://{MASKED}@example.com/a"}


@pytest.mark.parametrize("name", ["MAIL_PASSWORD", "api-key", "REG_TOKEN", "clientSecret"])
def test_a_variable_that_is_named_like_a_secret_is_one(name: str) -> None:
    told = Mask().tree([{"name": name, "value": "plain-sight"}, "it is plain-sight"])
    assert told == [{"name": name, "value": MASKED}, f"it is {MASKED}"]


def test_what_pulumi_marks_as_secret_is_one() -> None:
    marked = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": '"plain-sight"',
    }
    assert Mask().tree([{"a": marked}, "it is plain-sight"]) == [
        {"a": MASKED},
        f"it is {MASKED}",
    ]


def test_a_secrets_keys_are_told_and_its_values_are_not() -> None:
    one = {"kind": "Secret", "data": {"key": base64.b64encode(b"canary").decode()}}
    assert Mask().tree([one, "canary"]) == [{"kind": "Secret", "data": {"key": MASKED}}, MASKED]


def test_a_name_that_only_looks_short_is_left_to_read() -> None:
    one = {"kind": "Secret", "stringData": {"on": "1"}}
    assert Mask().tree([one, "replicas: 1"])[1] == "replicas: 1"
