"""Groups of options: each field is an option of the commands that take the group."""

import typer
from typer.testing import CliRunner

from pipeline.cli.groups import Asked, Places, Span, command

app = typer.Typer()
told: list[object] = []


@command(app)
def look(symbol: str, *, span: Span, top: int = 3, asked: Asked) -> None:
    """Look."""
    told[:] = [symbol, span, top, asked]


@command(app, "tidy", name="tidy")
def clean(*, places: Places) -> None:
    """Tidy."""
    told[:] = [places]


def test_fields_that_are_not_given_have_their_defaults() -> None:
    assert CliRunner().invoke(app, ["look", "F01"]).exit_code == 0
    assert told == ["F01", Span(), 3, Asked()]


def test_each_field_is_an_option_of_its_own() -> None:
    span = ["--from", "2016-01-01", "--to", "2016-12-31"]
    asked = ["--run", "latest", "--set", "study.draws=200", "--set", "log=json"]
    assert CliRunner().invoke(app, ["look", "F01", *span, "--top", "5", *asked]).exit_code == 0
    assert told[1:3] == [Span("2016-01-01", "2016-12-31"), 5]
    assert told[3] == Asked("latest", None, ["study.draws=200", "log=json"])


def test_options_stand_in_the_order_of_the_parameters() -> None:
    parameters = typer.main.get_command(app).commands["look"].params  # type: ignore[attr-defined]
    names = ["symbol", "start", "end", "top", "run_id", "config", "assign"]
    names += ["data_root", "tracking_uri"]
    assert [parameter.name for parameter in parameters] == names


def test_a_command_has_the_name_and_the_help_that_it_is_given() -> None:
    assert "Tidy." in CliRunner().invoke(app, ["tidy", "--help"]).output
    assert CliRunner().invoke(app, ["tidy", "--data-root", "here"]).exit_code == 0
    assert told == [Places(data_root="here")]


def test_settings_are_read_with_the_places_on_top() -> None:
    places = Places(assign=["growth.price=close", "data_root=there"], data_root="here")
    settings = places.settings("files:mine", sections={"compare": {"seeds": 7, "folds": None}})
    assert (settings.data_root, settings.source) == ("here", "files:mine")
    assert (settings.growth.price, settings.compare.seeds) == ("close", 7)
    assert Asked(data_root="here").settings().data_root == "here"
