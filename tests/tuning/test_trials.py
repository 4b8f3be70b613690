from pathlib import Path

from optuna.distributions import FloatDistribution

from pipeline.tuning.trials import Trials

SPACE = {"train.learning_rate": FloatDistribution(1e-4, 1e-1, log=True)}


def opened(folder: Path) -> Trials:
    """The trials of a file, as a process that begins finds them."""
    return Trials(folder / "trials.db", SPACE, 0)


def test_what_a_process_died_of_is_drawn_again_and_counted(tmp_path: Path) -> None:
    drawn = []
    for deaths in (0, 1, 2):
        trials = opened(tmp_path)
        trial = trials.draw()
        assert trials.deaths(trial) == deaths
        drawn.append(trial.params)
    assert drawn[0] == drawn[1] == drawn[2]


def test_time_that_was_over_is_no_death(tmp_path: Path) -> None:
    trials = opened(tmp_path)
    trials.forget(trials.draw())
    again = opened(tmp_path)
    assert again.deaths(again.draw()) == 0
