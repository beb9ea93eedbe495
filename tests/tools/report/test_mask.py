"""What is masked, and what stays readable."""

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
def test_a_secret_is_masked_in_every_encoding(text: str, masked: str) -> None:
    assert Mask([SECRET]).mask({"text": text})["text"].rstrip("=") == masked


def test_a_multi_line_secret_is_masked_line_by_line() -> None:
    mask = Mask(["-----BEGIN KEY-----\nAAAABBBBCCCC\n-----END KEY-----\n"])
    assert mask.mask_text("key: |\n  AAAABBBBCCCC\n") == f"key: |\n  {MASKED}\n"


def test_the_password_in_a_secret_url_is_masked_alone() -> None:
    mask = Mask(["mongodb://chat:s%40cret@db.example.com"])
    assert mask.mask_text("it is s@cret") == f"it is {MASKED}"


@pytest.mark.parametrize("credentials", ["user:word", "token", "us%40er:wo:rd"])
def test_credentials_in_any_url_are_masked(credentials: str) -> None:
    masked = Mask().mask({"url": f"https://{credentials}@example.com/a"})
    assert masked == {"url": f"https://{MASKED}@example.com/a"}


@pytest.mark.parametrize("name", ["MAIL_PASSWORD", "api-key", "REG_TOKEN", "clientSecret"])
def test_a_variable_with_a_secret_sounding_name_is_masked(name: str) -> None:
    masked = Mask().mask([{"name": name, "value": "plain-sight"}, "it is plain-sight"])
    assert masked == [{"name": name, "value": MASKED}, f"it is {MASKED}"]


def test_values_that_pulumi_marks_as_secret_are_masked() -> None:
    marked = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": '"plain-sight"',
    }
    assert Mask().mask([{"a": marked}, "it is plain-sight"]) == [
        {"a": MASKED},
        f"it is {MASKED}",
    ]


def test_the_keys_of_a_secret_are_shown_and_its_values_are_not() -> None:
    secret = {"kind": "Secret", "data": {"key": base64.b64encode(b"canary").decode()}}
    masked = Mask().mask([secret, "canary"])
    assert masked == [{"kind": "Secret", "data": {"key": MASKED}}, MASKED]


def test_a_very_short_secret_is_not_masked_elsewhere() -> None:
    secret = {"kind": "Secret", "stringData": {"on": "1"}}
    assert Mask().mask([secret, "replicas: 1"])[1] == "replicas: 1"
