"""Trainings that share what is compiled come to what each comes to alone."""

import numpy as np
from universe import windowed

from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.studies.learning.trainings import trainings
from pipeline.training.train import train
from pipeline.watch import Silence


def test_each_is_the_training_of_its_seed() -> None:
    panel = windowed(firms=4, days=150)
    section = Train(
        epochs=2, batch_size=4, sequences_per_epoch=8, sequence=16, burn_in=4, refit=False, seed=7
    )
    model = Model(name="feedforward", units=3, dropout=0.0)
    first, second = trainings(section, model, panel, [1, 7])
    alone = train(section, model, panel, watch=Silence()).history
    scores = ["loss", "valid_loss", "valid_crps", "learning_rate"]
    np.testing.assert_allclose(second[scores], alone[scores], rtol=1e-5)
    assert (first["valid_crps"] != second["valid_crps"]).all()
