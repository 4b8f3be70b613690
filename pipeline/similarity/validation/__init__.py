"""Whether similarity can be believed, and what it goes with; labels are used for nothing else."""

from pipeline.similarity.validation.labels import precision_at
from pipeline.similarity.validation.study import Study, study
from pipeline.similarity.validation.views import Views

__all__ = ["Study", "Views", "precision_at", "study"]
