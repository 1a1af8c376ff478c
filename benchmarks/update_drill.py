"""`scaffold update` and `copier update` side by side, in the same scenarios.

    uv run python -m benchmarks.update_drill

Each scenario changes a repository of a real starter on both sides, the learner's and the
template's. LOST: words of the learner's are gone, and nothing says so. MISSED: words of the
template's did not arrive, and nothing says so. «asks» leaves a conflict to the learner.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from tests.update.judge import build_for_copier, judge_copier, judge_scaffold
from tests.update.sandbox import build
from tests.update.scenarios import SCENARIOS


def main() -> None:
    """Play all scenarios and print a table."""
    with tempfile.TemporaryDirectory(prefix="scaffold-scenarios-") as name:
        folder = Path(name)
        copiers, ours_root = build_for_copier(folder / "copier"), build(folder / "scaffold")
        counts: dict[str, Counter[str]] = {"scaffold": Counter(), "copier": Counter()}
        print(f"{'scenario':<58} {'scaffold':<10} copier")
        for number, scenario in enumerate(SCENARIOS):
            place = folder / str(number)
            ours = judge_scaffold(scenario, ours_root.copy(place / "a"), place / "scaffold")
            theirs = judge_copier(scenario, copiers.copy(place / "b"), place / "copier")
            print(f"{scenario.name:<58} {ours.word:<10} {theirs.word}", flush=True)
            counts["scaffold"][ours.word] += 1
            counts["copier"][theirs.word] += 1
    for tool, words in counts.items():
        told = ", ".join(f"{word} {count}" for word, count in words.most_common())
        print(f"{tool}: {told}")


if __name__ == "__main__":
    main()
