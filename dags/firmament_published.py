"""How to hook on to firmament's evening: a schedule that runs whenever a day is published.

It waits for the asset `firmament/published`, and knows of firmament nothing but that name: a copy
of this file is a beginning for others' schedules. `firmament/prices` and `firmament/champion` are
listened to alike.

**The day.** A run that an asset starts has no logical date. The day is the run's partition, and the
facts of the day are the extra of the event that started it. A day may come more than once, as when
its evening is run again: what a listener does is best done so that it may be repeated.

**The schedule.** `PartitionedAssetTimetable`, since events with a partition start no other kind:
`schedule=[asset]` would wait for ever.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import DAG, Asset, PartitionedAssetTimetable, get_current_context, task

PUBLISHED = Asset("firmament/published", group="firmament")

with DAG(
    "firmament_published",
    description="An example: what to do with published results",
    doc_md=__doc__,
    tags=["firmament", "example"],
    schedule=PartitionedAssetTimetable(assets=PUBLISHED),
    catchup=False,
) as dag:

    @task(inlets=[PUBLISHED])
    def tell() -> dict[str, Any]:
        """Say what was published, and hand the day and its facts on."""
        context = get_current_context()
        day = context["partition_key"]
        facts = context["triggering_asset_events"][PUBLISHED][-1].extra
        logging.getLogger(__name__).info(
            f"{day}: {facts['model']}, version {facts['version']}, forecasts {facts['firms']} "
            f"firms with a CRPS of {facts['scores']['crps']:.4f}; they lie in {facts['folder']}"
        )
        return {"day": day, **facts}

    tell()
