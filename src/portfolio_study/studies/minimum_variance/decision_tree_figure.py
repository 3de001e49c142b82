"""The decision tree as a picture, drawn from the same leaves that the tests prove."""

from collections.abc import Mapping
from typing import Any

from portfolio_study.studies.minimum_variance.decision_tree import LEAVES, QUESTIONS

Node = tuple[str, ...]
ROUNDING = 1e-9  # a gap below is the rounding of the machine, and shown as 0


def tree_layout() -> tuple[dict[Node, tuple[float, float]], list[tuple[Node, Node]]]:
    """Place the nodes of the tree: leaves one below another, a parent in the middle of its children.

    Returns
    -------
    tuple
        Positions (column, row) of every node, which is the tuple of answers that leads to it
        (leaves end with their label), and the edges from parents to children.
    """
    paths = sorted(((*leaf.path, leaf.label) for leaf in LEAVES), key=lambda path: path[:-1])
    last = len(QUESTIONS) + 1
    places: dict[Node, tuple[float, float]] = {}
    edges: list[tuple[Node, Node]] = []
    for row, path in enumerate(paths):
        places[path] = (float(last), -float(row))
        for depth in range(len(path)):
            edge = (path[:depth], path[: depth + 1])
            if edge not in edges:
                edges.append(edge)
    for depth in range(last - 1, -1, -1):
        for node in {path[:depth] for path in paths if len(path) > depth}:
            rows = [places[child][1] for parent, child in edges if parent == node]
            places[node] = (float(depth), sum(rows) / len(rows))
    return places, edges


def draw_decision_tree(
    ax: Any, gaps: Mapping[str, float] | None = None, highlight: str | None = None
) -> None:
    """Draw the decision tree into matplotlib axes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to draw into; about 9.5 x 6.5 inches read best.
    gaps : mapping, optional
        Label of a leaf -> measured gap to the tangency portfolio, written below the label.
    highlight : str, optional
        Label of a leaf whose path is drawn bold.
    """
    places, edges = tree_layout()
    chosen = next((path for path in places if path and path[-1] == highlight), ())
    for parent, child in edges:
        on_path = bool(chosen) and chosen[: len(child)] == child
        across, down = zip(places[parent], places[child], strict=True)
        line = {"color": "black", "linewidth": 2.5} if on_path else {"color": "0.6", "linewidth": 1.0}
        ax.plot(across, down, linestyle="-", zorder=1, **line)
    labels = {leaf.label for leaf in LEAVES}
    for node, (x, y) in places.items():
        text = node[-1] if node else "What do you know?"
        is_leaf = bool(node) and node[-1] in labels
        if not is_leaf:
            text = text.replace(" with ", "\nwith ")  # the longest would touch the first question
        if is_leaf and gaps is not None and text in gaps:
            text += f"\n(gap {gaps[text]:.0e})" if abs(gaps[text]) > ROUNDING else "\n(gap 0)"
        style = {"boxstyle": "round" if is_leaf else "square", "facecolor": "#cfe8f3" if is_leaf else "white",
                 "edgecolor": "0.4"}  # fmt: skip
        ax.text(x, y, text, ha="center", va="center", fontsize=10, bbox=style, zorder=2)
    for column, question in enumerate(QUESTIONS, start=1):
        ax.text(column, 0.9, question, ha="center", fontsize=10, style="italic")
    ax.text(len(QUESTIONS) + 1, 0.9, "optimal portfolio", ha="center", fontsize=10, style="italic")
    ax.set_xlim(-0.5, len(QUESTIONS) + 1.6)
    ax.set_ylim(-len(LEAVES) + 0.3, 1.4)
    ax.axis("off")
