"""The whole configuration as one frozen value: a section a stage, and places."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from models.catalogue import ARCHITECTURES, CONTROLS
from pipeline.settings.compare import Compare
from pipeline.settings.daily import Daily, Drift
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.exchange import SESSIONS_A_YEAR
from pipeline.settings.growth import Growth
from pipeline.settings.ingest import Ingest
from pipeline.settings.model import Model
from pipeline.settings.places import Folder, LocalFolder, Tracking
from pipeline.settings.report import Report
from pipeline.settings.section import Section
from pipeline.settings.similarity import Embed, Study
from pipeline.settings.source import FORMS
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.settings.yahoo import Yahoo

PREFIX = "FIRMAMENT_"
"""What the names of environment variables begin with."""


class Settings(Section):
    """Everything that firmament can be told."""

    source: str = Field("sample", min_length=1, description=FORMS)
    data_root: Folder = Field(
        "data/store",
        min_length=1,
        description="stages' outputs, records and the cache: a folder, or s3://BUCKET/PREFIX",
    )
    mirror_root: LocalFolder = Field(
        "data/mirror",
        min_length=1,
        description="folder of this machine's copies of what is read from an s3:// data_root",
    )
    tracking_uri: Tracking = Field(
        "sqlite:///mlruns/mlflow.db",
        min_length=1,
        description="MLflow's store: sqlite:///FILE or a server's address",
    )
    log: Literal["text", "json"] = Field(
        "text", description="progress and errors: text for people, or JSON, one object a line"
    )
    system_metrics: bool = Field(
        False,
        description="log what a run does to processor, memory, disk and GPUs, every ten seconds",
    )
    ingest: Ingest = Ingest()
    yahoo: Yahoo = Yahoo()
    growth: Growth = Growth()
    window: Window = Window()
    model: Model = Model()
    train: Train = Train()
    evaluate: Evaluate = Evaluate()
    embed: Embed = Embed()
    study: Study = Study()
    report: Report = Report()
    compare: Compare = Compare()
    daily: Daily = Daily()
    drift: Drift = Drift()

    @model_validator(mode="after")
    def _year(self) -> Settings:
        """Let a year have as many days as its calendar has sessions, unless told not to."""
        if "days_per_year" not in self.growth.model_fields_set:
            days = SESSIONS_A_YEAR[self.ingest.calendar]
            growth = self.growth.model_copy(update={"days_per_year": days})
            growth.model_fields_set.discard("days_per_year")
            object.__setattr__(self, "growth", growth)  # frozen for all others
        return self

    @model_validator(mode="after")
    def _several_days(self) -> Settings:
        """Let seq2seq, which is made for several days ahead, forecast them unless told not to."""
        object.__setattr__(self, "window", self._window(self.model.name))  # frozen for all others
        return self

    def compared(self) -> Settings:
        """Return the settings for all that are compared: what they start from and forecast is one.

        The horizon is theirs, if they agree. In place of the best start all start fresh where one
        of them, or a rung of the ladder, has no pretrained network to start from: an architecture
        is not better for having seen more firms.
        """
        models = [name for name in self.compare.models if name not in CONTROLS]
        update: dict[str, Any] = {"window": self._window(*models or self.compare.models)}
        alike = all(ARCHITECTURES[name].pretrained for name in self.compare.trained)
        if self.train.start == "best" and (self.compare.ladder or not alike):
            update["train"] = self.train.model_copy(update={"start": "fresh"})
        return self.model_copy(update=update)

    def beside(self, architecture: str) -> Settings:
        """Return the settings of another architecture, which is trained as this one is.

        Where this one has no pretrained network to start from, the other starts fresh too.
        """
        update: dict[str, Any] = {"model": self.model.of(architecture)}
        if not ARCHITECTURES[self.model.name].pretrained:
            update["train"] = self.train.model_copy(update={"start": "fresh"})
        return self.model_copy(update=update)

    def _window(self, *models: str) -> Window:
        """Return the window with the days ahead that some architectures have in common."""
        if "horizon" in self.window.model_fields_set:
            return self.window
        usual = Window.model_fields["horizon"].default
        wanted = {ARCHITECTURES[name].horizon for name in models}
        horizon = wanted.pop() if len(wanted) == 1 else usual
        window = self.window.model_copy(update={"horizon": horizon})
        window.model_fields_set.discard("horizon")  # as it was not given, it may still follow
        return window
