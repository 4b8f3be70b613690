"""Passes cost what is counted, and are timed by turns."""

import time

import numpy as np
import pytest

from pipeline.studies.law import Sizes, operations
from pipeline.studies.timing import compiled, product, rotate, together

DAYS, UNITS, INPUTS, BATCH = 5, 6, 4, 3


def _counted(graph, days):
    """Return the operations of all products in a graph; what is in a loop counts for each day."""
    total = 0
    for node in graph.get_operations():
        if node.type in ("While", "StatelessWhile"):
            total += days * _counted(graph._get_function(node.get_attr("body").name).graph, days)
        elif node.type in ("PartitionedCall", "StatefulPartitionedCall"):
            total += _counted(graph._get_function(node.get_attr("f").name).graph, days)
        elif node.type in ("MatMul", "BatchMatMulV2"):
            inner = node.inputs[0].shape[-2 if _turned(node) else -1]
            total += 2 * inner * node.outputs[0].shape.num_elements()
    return total


def _turned(node):
    return node.get_attr("transpose_a" if node.type == "MatMul" else "adj_x")


@pytest.mark.parametrize(
    ("architecture", "way", "times"),
    [("elman", "forward", 1), ("lstm", "training", 3), ("gru", "training", 3)],
)
def test_operations_are_those_of_the_graph(architecture, way, times):
    function, given = compiled(architecture, DAYS, UNITS, INPUTS, BATCH)[way]
    counted = _counted(function.get_concrete_function(*given).graph, DAYS)
    # The head: three numbers of each state a day; in training its matrix and the state, too.
    head = times * 2 * DAYS * BATCH * 3 * UNITS
    assert counted - head == operations(architecture, way, Sizes(DAYS, UNITS, INPUTS, BATCH))


def test_turns_are_taken_by_all():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    read = rotate(calls, 0.0)
    assert {name: len(values) for name, values in read.items()} == {"a": 3, "b": 3}
    assert min(values.min() for values in read.values()) > 0.0
    # Each is called as often as makes a reading long enough, then it is the other's turn.
    changes = np.flatnonzero(np.array(order[1:]) != np.array(order[:-1]))
    assert len(changes) >= 6


def test_what_held_up_the_first_call_makes_no_reading_too_short():
    spent = []

    def call():
        spent.append(_busy(0.02 if not spent else 1e-4))

    assert len(rotate({"call": call}, 0.0)["call"]) == 3
    assert len(spent) > 3 + 3 * 5


def _busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_product_takes_time():
    assert rotate({"product": product()}, 0.0)["product"].min() > 1e-3


def test_makers_are_called_in_order():
    assert together([lambda at=at: at**2 for at in range(5)]) == [0, 1, 4, 9, 16]
