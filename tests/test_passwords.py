"""Passwords stay out of what is printed, and all else stays in."""

from __future__ import annotations

import pickle

import pytest

from pipeline.errors import ConfigError, StoreError
from pipeline.passwords import masked
from pipeline.settings.explain import explain
from pipeline.settings.load import load

ADDRESS = "postgresql://ann:s3cret@host:5432/runs"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (ADDRESS, "postgresql://ann:***@host:5432/runs"),
        ("mysql+pymysql://ann:a/b:c@d@host/runs", "mysql+pymysql://ann:***@host/runs"),
        ("http://:s3cret@host", "http://:***@host"),
        (f"The store {ADDRESS} (or http://a:b@c) fails.", None),
        ("postgresql://host/runs?user=ann&password=s3cret&x=1", None),
        ("postgresql://host/runs?sslpassword=s3cret", None),
    ],
)
def test_passwords_are_masked(text: str, shown: str | None) -> None:
    assert "s3cret" not in masked(text) and ":b@" not in masked(text)
    assert shown is None or masked(text) == shown
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///mlruns/mlflow.db",
        "http://127.0.0.1:5000/path?page=2",
        "http://127.0.0.1:5000 is run by ann@host",
        "postgresql://ann@host/runs",
        "The value of train.epochs (0) in --set is not valid.",
    ],
)
def test_what_holds_no_password_is_left_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_errors_never_hold_a_password() -> None:
    error = StoreError(f"The tracking store {ADDRESS} cannot be used.")
    assert str(error) == "The tracking store postgresql://ann:***@host:5432/runs cannot be used."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    with pytest.raises(ConfigError, match="--set") as caught:
        load(assignments=[f"tracking_uri='{ADDRESS}"])
    assert "s3cret" not in str(caught.value)


def test_the_printed_configuration_has_no_password() -> None:
    printed = explain(load(options={"tracking_uri": ADDRESS}))
    assert "tracking_uri: postgresql://ann:***@host:5432/runs\n" in printed
