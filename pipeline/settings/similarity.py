"""How firms' days become similarities, and how these are studied."""

from __future__ import annotations

from pydantic import Field

from pipeline.settings.section import Section


class Embed(Section):
    """How firms' days become similarities."""

    block_days: int = Field(
        21, ge=1, le=2520, description="sessions a block: date ranges are answered in whole blocks"
    )
    components: int = Field(
        64,
        ge=1,
        le=512,
        description="portfolios that firms' days are held beside; half the firms at most",
    )
    networks: int = Field(
        2,
        ge=1,
        le=20,
        description="networks that tell who moves with whom, and whose scores are averaged",
    )
    seed: int = Field(0, ge=0, le=2**31, description="of the first network; each next has one more")

    @property
    def seeds(self) -> range:
        """Seeds of the networks."""
        return range(self.seed, self.seed + self.networks)


class Study(Section):
    """How similarity is judged."""

    firms: int = Field(
        500, ge=10, le=5000, description="firms that are judged at most, spread over the table"
    )
    permutations: int = Field(
        999, ge=99, le=99999, description="permutations of the firms in tests of association"
    )
    origins: int = Field(
        4, ge=1, le=40, description="days of the past at which `validate --origins` trains anew"
    )
    draws: int = Field(2000, ge=200, le=100000, description="bootstrap draws of the firms")
