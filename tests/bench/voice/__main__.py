"""Voice analysis against its yardsticks, on speech that is made here: pitch, audio quality, and what it costs.

    python -m tests.bench.voice [--items 12] [pitch] [quality] [cost]

Prints Markdown tables. The yardsticks are for measuring only and may be absent; the tables name what is missing:
`pip install praat-parselmouth librosa pyworld`. WADA-SNR is computed here. Takes about five minutes with all of them.
"""

from __future__ import annotations

import argparse
import warnings

from tests.bench.voice import cost, pitch, quality

BENCHES = {"pitch": pitch.tables, "quality": quality.tables, "cost": cost.tables}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"{', '.join(BENCHES)} (default: all)")
    parser.add_argument("--items", type=int, default=12, help="pieces of speech, 2 to 12")
    options = parser.parse_args()
    if unknown := set(options.benches) - set(BENCHES):
        parser.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(BENCHES)}")
    warnings.simplefilter("ignore")  # the yardsticks' own
    for name in options.benches or BENCHES:
        print(f"## {name}\n", flush=True)
        for line in BENCHES[name](options.items):
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
